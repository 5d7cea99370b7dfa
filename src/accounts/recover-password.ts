import { appendAudit } from '../audit/audit-log.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { consume } from '../store/rate-limits.ts';
import { lockAccounts } from './accounts.store.ts';
import { checkCode, type TypedCode } from './check-code.ts';
import { deleteCode } from './contacts.store.ts';
import { parseNewPassword } from './new-password.ts';
import type { MessageText } from './outgoing-message.ts';
import { savePassword } from './own-account.store.ts';
import { hashPassword } from './passwords.ts';
import { type ContactDeps, mayRecover, tokenHash } from './send-code.ts';
import { tellContacts } from './tell-contacts.ts';

export type RecoverRefusal = 'wrong_contact_code' | 'weak_password' | 'too_many_attempts';

export interface Recovery extends Omit<TypedCode, 'purpose'> {
  readonly next: string;
  readonly address: string;
  /** Told to every address of the account. */
  readonly told: MessageText;
}

/**
 * Sets a new password for the account whose address got the code. Sessions and tokens are over.
 * Second factors stay: whoever only reads the mail does not pass a step-up.
 */
export async function recoverPassword(
  deps: ContactDeps,
  { token, code, next, address, told }: Recovery,
): Promise<Result<void, RecoverRefusal>> {
  const { db, secrets, limits } = deps;
  const parsed = parseNewPassword(next, { login: '' });
  if (!parsed.ok) return parsed;
  if (await consume(db, [{ limiter: limits.finishes, key: address }]))
    return refuse('too_many_attempts', 'ACC-ER0', { limiter: limits.finishes.name });
  // Before anything is known of the code, so that the time tells nothing.
  const passwordHash = await hashPassword(parsed.value);
  return await db.transaction(async (tx): Promise<Result<void, RecoverRefusal>> => {
    const checked = await checkCode(tx, secrets, { purpose: 'recover', token, code });
    if (!checked.ok) return checked;
    const id = checked.value.account;
    const account = id && (await lockAccounts(tx, [id])).get(id);
    if (!account || !mayRecover(account)) return refuse('wrong_contact_code', 'ACC-ER1');
    const fits = parseNewPassword(next, account);
    if (!fits.ok) return fits;
    await deleteCode(tx, tokenHash(secrets, token));
    await savePassword(tx, account.id, passwordHash);
    const { kind } = checked.value.contact;
    await appendAudit(tx, {
      action: 'password.recovered',
      subject: account.id,
      actor: account.id,
      detail: { by: kind },
    });
    await tellContacts(tx, secrets, { account: account.id, told });
    return ok(undefined);
  });
}
