import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { normaliseLogin } from '../accounts/account.ts';
import { parseDisplayName, parseLogin } from '../accounts/account-fields.ts';
import { findCredentials } from '../accounts/accounts.store.ts';
import { checkCode, type TypedCode } from '../accounts/check-code.ts';
import {
  type CodePasskey,
  deleteCode,
  findAccountByContact,
  insertContact,
  saveCodePasskey,
} from '../accounts/contacts.store.ts';
import type { FactorDeps } from '../accounts/deps.ts';
import { factorName } from '../accounts/factor.ts';
import { insertPasskey, lockPasskeyOfAnybody } from '../accounts/factors.store.ts';
import { parseNewPassword } from '../accounts/new-password.ts';
import { parseRegistration } from '../accounts/passkey-answer.ts';
import { credentialOf, registrationOptions } from '../accounts/passkey-registration.ts';
import { hashPassword } from '../accounts/passwords.ts';
import { recordFactorChange } from '../accounts/record-factor-change.ts';
import { challengeHash } from '../accounts/relying-party.ts';
import { type ContactDeps, tokenHash } from '../accounts/send-code.ts';
import { type AccountId, newId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { sameBytes } from '../kernel/secrets.ts';
import { SerializationFailure, type Tx } from '../store/database.ts';
import { consume } from '../store/rate-limits.ts';
import { type CreateRefusal, createAccount } from './create-account.ts';

export type SignUpRefusal =
  | CreateRefusal
  | 'wrong_contact_code'
  | 'weak_password'
  | 'wrong_proof'
  | 'too_many_attempts';

export interface SignUpDeps {
  readonly messages: ContactDeps;
  readonly factors: FactorDeps;
}

/** Who they want to be, and the code that says that the address is theirs. */
export interface Applicant extends Omit<TypedCode, 'purpose'> {
  readonly login: string;
  readonly displayName: string;
  /** Who asks: a network address. */
  readonly address: string;
  /** Whose accounts sign in here by password. */
  readonly passwordPlatforms: readonly string[];
}

export interface SignUp extends Applicant {
  /** Counts where there is no passkey. */
  readonly password: string;
  /** A new passkey instead of a password: the browser's answer as JSON, and a name for it. */
  readonly passkey: { readonly response: string; readonly name: string } | null;
}

/**
 * Options for `navigator.credentials.create`, for an account that will have a passkey and no
 * password. What would be refused at the end is refused here, before the device keeps a passkey.
 * It costs one of the five tries.
 */
export async function beginPasskeySignUp(
  { messages: { db, secrets, limits }, factors }: SignUpDeps,
  { token, code, login, displayName, address, passwordPlatforms }: Applicant,
): Promise<Result<PublicKeyCredentialCreationOptionsJSON, SignUpRefusal>> {
  const wrong = wrongField({ login, displayName });
  if (wrong) return wrong;
  if (await consume(db, [{ limiter: limits.finishes, key: address }]))
    return refuse('too_many_attempts', 'PRO-5S2', { limiter: limits.finishes.name });
  return await db.transaction(
    async (tx): Promise<Result<PublicKeyCredentialCreationOptionsJSON, SignUpRefusal>> => {
      const checked = await checkCode(tx, secrets, { purpose: 'sign_up', token, code });
      if (!checked.ok) return checked;
      const known = normaliseLogin(login);
      if (await findCredentials(tx, known, passwordPlatforms))
        return refuse('login_taken', 'PRO-5S3');
      // The same at each try, so that a device replaces the passkey of the try before.
      const newAccount = checked.value.passkey?.newAccount ?? newId('acc');
      const owner = { id: newAccount, login: known, displayName };
      const options = await registrationOptions(factors, owner, []);
      const challenge = challengeHash(secrets, options.challenge);
      await saveCodePasskey(tx, tokenHash(secrets, token), { newAccount, challenge });
      return ok(options);
    },
  );
}

/**
 * Makes an account of Bindery's own, for somebody who got the code. Only they learn that a login is
 * taken, and five times at most.
 */
export async function signUp(
  { messages: { db, secrets, limits }, factors }: SignUpDeps,
  { token, code, login, displayName, password, passkey, address, passwordPlatforms }: SignUp,
): Promise<Result<AccountId, SignUpRefusal>> {
  const wrong = wrongField({ login, displayName });
  if (wrong) return wrong;
  const parsed = passkey ? ok(null) : parseNewPassword(password, { login });
  if (!parsed.ok) return parsed;
  if (await consume(db, [{ limiter: limits.finishes, key: address }]))
    return refuse('too_many_attempts', 'PRO-5S0', { limiter: limits.finishes.name });
  const passwordHash = parsed.value === null ? null : await hashPassword(parsed.value);
  return await db.transaction(async (tx): Promise<Result<AccountId, SignUpRefusal>> => {
    const checked = await checkCode(tx, secrets, { purpose: 'sign_up', token, code });
    if (!checked.ok) return checked;
    const { contact, passkey: asked } = checked.value;
    // Another browser confirmed the address meanwhile.
    if (await findAccountByContact(tx, contact.hash))
      return refuse('wrong_contact_code', 'PRO-5S1');
    // Of two accounts with one login the first signs in, so nobody takes that of another platform.
    if (await findCredentials(tx, normaliseLogin(login), passwordPlatforms))
      return refuse('login_taken', 'PRO-5T0');
    const made = passkey && (await newPasskey(tx, factors, { passkey, asked }));
    if (made?.ok === false) return made;
    const created = await createAccount(
      tx,
      {
        ...(made ? { id: made.value.account } : {}),
        at: null,
        login,
        displayName,
        avatarUrl: null,
        kind: 'personal',
        passwordHash,
      },
      { actor: 'system', origin: 'sign_up' },
    );
    if (!created.ok) return created;
    if (made && !(await keepPasskey(tx, factors, made.value)))
      throw new SerializationFailure('another account enrolled the same passkey at once');
    if (!(await insertContact(tx, created.value, contact)))
      throw new SerializationFailure('another browser confirmed the same address at once');
    await deleteCode(tx, tokenHash(secrets, token));
    return ok(created.value);
  });
}

function wrongField({ login, displayName }: Pick<Applicant, 'login' | 'displayName'>) {
  for (const field of [parseLogin(login), parseDisplayName(displayName)])
    if (!field.ok) return field;
  return undefined;
}

type NewPasskey = Parameters<typeof insertPasskey>[1];

/** The passkey that the code's own challenge was for; it says which account it will belong to. */
async function newPasskey(
  tx: Tx,
  { issuer, secrets }: FactorDeps,
  { passkey, asked }: { passkey: NonNullable<SignUp['passkey']>; asked: CodePasskey | null },
): Promise<Result<NewPasskey, 'wrong_proof'>> {
  const { response, name } = passkey;
  const sent = parseRegistration(response);
  if (!sent || !asked) return refuse('wrong_proof', 'PRO-5S4');
  if (!sameBytes(asked.challenge, challengeHash(secrets, sent.challenge)))
    return refuse('wrong_proof', 'PRO-5S5');
  const credential = await credentialOf(issuer, sent);
  if (!credential) return refuse('wrong_proof', 'PRO-5S6');
  if (await lockPasskeyOfAnybody(tx, credential.credentialId))
    return refuse('wrong_proof', 'PRO-5S7');
  const account = asked.newAccount;
  return ok({ id: newId('fac'), account, name: factorName(name, name), ...credential });
}

async function keepPasskey(tx: Tx, deps: FactorDeps, passkey: NewPasskey): Promise<boolean> {
  if (!(await insertPasskey(tx, passkey))) return false;
  const { account, id } = passkey;
  const factor = { id, kind: 'passkey' as const };
  await recordFactorChange(tx, deps, { account, what: 'factor.enrolled', factor, by: account });
  return true;
}
