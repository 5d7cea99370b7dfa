import { appendAudit } from '../audit/audit-log.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { type AccountSummary, LOCAL_PLATFORM, maySignIn } from './account.ts';
import { findPasswordHash, lockAccounts } from './accounts.store.ts';
import { type ChangeRefusal, confirmChange } from './confirm-change.ts';
import type { FactorDeps } from './deps.ts';
import type { SentProof } from './factor.ts';
import { parseNewPassword } from './new-password.ts';
import type { MessageText } from './outgoing-message.ts';
import { savePassword } from './own-account.store.ts';
import { hashPassword } from './passwords.ts';
import { tellContacts } from './tell-contacts.ts';

/** The purpose of the proof that is needed for a new password. */
export const CHANGE_PASSWORD = 'security:password';

export type ChangePasswordRefusal = ChangeRefusal | 'weak_password' | 'platform_keeps_account';

export interface PasswordChange {
  readonly account: Pick<AccountSummary, 'id' | 'login' | 'platform'>;
  readonly password: string;
  readonly proof: SentProof;
  readonly next: string;
  /** Told to every address of the account. */
  readonly told: MessageText;
}

/**
 * Sets a new password, after the old one and a factor if there is one; after a passkey where there
 * is no old one. All sessions and tokens of
 * the account are over; gives the second (Unix) up to which that is so.
 */
export async function changePassword(
  deps: FactorDeps,
  { account, password, proof, next, told }: PasswordChange,
): Promise<Result<{ readonly signedOutAt: number }, ChangePasswordRefusal>> {
  const { id, platform } = account;
  if (platform !== LOCAL_PLATFORM) return refuse('platform_keeps_account', 'ACC-EC0');
  const parsed = parseNewPassword(next, account);
  if (!parsed.ok) return parsed;
  const before = await findPasswordHash(deps.db, id);
  const purpose = CHANGE_PASSWORD;
  const confirmed = await confirmChange(deps, { account: id, password, proof, purpose });
  if (!confirmed.ok) return confirmed;
  const passwordHash = await hashPassword(parsed.value);
  return await deps.db.transaction(async (tx) => {
    const found = (await lockAccounts(tx, [id])).get(id);
    // Another change came first: the password that was confirmed is no longer the one.
    if (!found || !maySignIn(found) || (await findPasswordHash(tx, id)) !== before)
      return refuse('wrong_password', 'ACC-EC1', { account: id });
    const signedOutAt = await savePassword(tx, id, passwordHash);
    await appendAudit(tx, { action: 'password.changed', subject: id, actor: id });
    await deps.tell(tx, { account: id, what: 'password.changed', kind: null });
    await tellContacts(tx, deps.secrets, { account: id, told });
    return ok({ signedOutAt });
  });
}
