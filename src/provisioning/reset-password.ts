import { savePassword } from '../accounts/account-records.store.ts';
import { lockAccounts } from '../accounts/accounts.store.ts';
import type { FactorDeps } from '../accounts/deps.ts';
import type { MessageText } from '../accounts/outgoing-message.ts';
import { hashPassword, LONGEST_PASSWORD } from '../accounts/passwords.ts';
import { tellContacts } from '../accounts/tell-contacts.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Provisioner } from './create-account.ts';
import type { ProvisioningDeps } from './deps.ts';

export type ResetRefusal = 'unknown_account' | 'account_closed' | 'password_length';

/** NIST SP 800-63B §3.1.1.2: at least 8 characters. */
const SHORTEST = 8;

/** A password that somebody may be given; undefined if it is too short or too long. */
export function checkNewPassword(password: string): Result<void, 'password_length'> {
  return [...password].length < SHORTEST || password.length > LONGEST_PASSWORD
    ? refuse('password_length', 'PRO-5W0')
    : ok(undefined);
}

export interface PasswordReset {
  readonly account: AccountId;
  readonly password: string;
  /** Told to every address of the account. */
  readonly told: MessageText;
}

/**
 * Gives an account another password. Its sessions and tokens are over, and its owner is told, who
 * may not have asked for it.
 */
export async function resetPassword(
  { db, secrets, tell }: ProvisioningDeps & Pick<FactorDeps, 'secrets' | 'tell'>,
  { account, password, told }: PasswordReset,
  { actor, origin }: Provisioner,
): Promise<Result<void, ResetRefusal>> {
  const fits = checkNewPassword(password);
  if (!fits.ok) return fits;
  const hash = await hashPassword(password);
  return await db.transaction(async (tx): Promise<Result<void, ResetRefusal>> => {
    const found = (await lockAccounts(tx, [account])).get(account);
    if (!found) return refuse('unknown_account', 'PRO-5W1');
    if (found.status === 'closed') return refuse('account_closed', 'PRO-5W2');
    await savePassword(tx, account, hash);
    await appendAudit(tx, {
      action: 'account.password_reset',
      subject: account,
      actor,
      detail: { origin },
    });
    await tell(tx, { account, what: 'password.reset', kind: null });
    await tellContacts(tx, secrets, { account, told });
    return ok(undefined);
  });
}
