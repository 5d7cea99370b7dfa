import { parseDisplayName, parseLogin } from '../accounts/account-fields.ts';
import { findCredentials } from '../accounts/accounts.store.ts';
import { checkCode, type TypedCode } from '../accounts/check-code.ts';
import { deleteCode, findAccountByContact, insertContact } from '../accounts/contacts.store.ts';
import { parseNewPassword } from '../accounts/new-password.ts';
import { hashPassword } from '../accounts/passwords.ts';
import { type ContactDeps, tokenHash } from '../accounts/send-code.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { SerializationFailure } from '../store/database.ts';
import { consume } from '../store/rate-limits.ts';
import { type CreateRefusal, createAccount } from './create-account.ts';

export type SignUpRefusal =
  | CreateRefusal
  | 'wrong_contact_code'
  | 'weak_password'
  | 'too_many_attempts';

export interface SignUp extends Omit<TypedCode, 'purpose'> {
  readonly login: string;
  readonly displayName: string;
  readonly password: string;
  /** Who asks: a network address. */
  readonly address: string;
  /** Whose accounts sign in here by password. */
  readonly passwordPlatforms: readonly string[];
}

/**
 * Makes an account of Bindery's own, for somebody who got the code. Only they learn that a login is
 * taken, and five times at most.
 */
export async function signUp(
  deps: ContactDeps,
  { token, code, login, displayName, password, address, passwordPlatforms }: SignUp,
): Promise<Result<AccountId, SignUpRefusal>> {
  const { db, secrets, limits } = deps;
  const name = parseLogin(login);
  if (!name.ok) return name;
  const shown = parseDisplayName(displayName);
  if (!shown.ok) return shown;
  const parsed = parseNewPassword(password, { login });
  if (!parsed.ok) return parsed;
  if (await consume(db, [{ limiter: limits.finishes, key: address }]))
    return refuse('too_many_attempts', 'PRO-5S0', { limiter: limits.finishes.name });
  const passwordHash = await hashPassword(parsed.value);
  return await db.transaction(async (tx): Promise<Result<AccountId, SignUpRefusal>> => {
    const checked = await checkCode(tx, secrets, { purpose: 'sign_up', token, code });
    if (!checked.ok) return checked;
    // Another browser confirmed the address meanwhile.
    if (await findAccountByContact(tx, checked.value.contact.hash))
      return refuse('wrong_contact_code', 'PRO-5S1');
    // Of two accounts with one login the first signs in, so nobody takes that of another platform.
    if (await findCredentials(tx, name.value, passwordPlatforms))
      return refuse('login_taken', 'PRO-5S2');
    const created = await createAccount(
      tx,
      { at: null, login, displayName, avatarUrl: null, kind: 'personal', passwordHash },
      { actor: 'system', origin: 'sign_up' },
    );
    if (!created.ok) return created;
    if (!(await insertContact(tx, created.value, checked.value.contact)))
      throw new SerializationFailure('another browser confirmed the same address at once');
    await deleteCode(tx, tokenHash(secrets, token));
    return ok(created.value);
  });
}
