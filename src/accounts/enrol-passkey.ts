import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server';
import { type FactorId, newId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import type { AccountSummary } from './account.ts';
import { lockAccounts } from './accounts.store.ts';
import { putChallenge, takeChallenge } from './ceremonies.store.ts';
import { type ChangeRefusal, confirmChange } from './confirm-change.ts';
import type { FactorDeps } from './deps.ts';
import { type Factor, factorName, MOST_FACTORS, type SentProof } from './factor.ts';
import { findFactors, findPasskeys, insertPasskey } from './factors.store.ts';
import { parseRegistration, type Registration } from './passkey-answer.ts';
import { credentialOf, registrationOptions } from './passkey-registration.ts';
import { recordFactorChange } from './record-factor-change.ts';
import { challengeHash } from './relying-party.ts';

/** The purpose of the proof that is needed to enrol a passkey. */
export const ENROL_PASSKEY = 'security:enrol-passkey';
/**
 * The purpose of the challenge that the new passkey itself answers. Who gets it has proved who they
 * are.
 */
const CEREMONY = 'security:new-passkey';

export interface BeginPasskey {
  readonly account: Pick<AccountSummary, 'id' | 'login' | 'displayName'>;
  readonly password: string;
  readonly proof: SentProof;
}

/**
 * Options for `navigator.credentials.create`, after the password and a proof by an existing factor.
 */
export async function beginPasskey(
  deps: FactorDeps,
  { account, password, proof }: BeginPasskey,
): Promise<Result<PublicKeyCredentialCreationOptionsJSON, ChangeRefusal | 'too_many_factors'>> {
  const confirmed = await confirmChange(deps, {
    account: account.id,
    password,
    proof,
    purpose: ENROL_PASSKEY,
  });
  if (!confirmed.ok) return confirmed;
  return await offerPasskey(deps, account);
}

/** The same for somebody who proved otherwise who they are. */
export async function offerPasskey(
  deps: FactorDeps,
  account: BeginPasskey['account'],
): Promise<Result<PublicKeyCredentialCreationOptionsJSON, 'too_many_factors'>> {
  if ((await findFactors(deps.db, account.id)).length >= MOST_FACTORS)
    return refuse('too_many_factors', 'ACC-4E0');
  const passkeys = await findPasskeys(deps.db, account.id);
  const lifetimeSeconds = deps.lifetimes.accounts.passkeyChallenge;
  const options = await registrationOptions(deps, account, passkeys);
  const challenge = challengeHash(deps.secrets, options.challenge);
  await putChallenge(deps.db, {
    account: account.id,
    purpose: CEREMONY,
    challenge,
    lifetimeSeconds,
  });
  return ok(options);
}

export type EnrolRefusal = 'wrong_proof' | 'too_many_factors' | 'already_enrolled';

export interface EnrolPasskey {
  readonly account: AccountSummary['id'];
  /** The name that the owner gave, and the one to use if they gave none. */
  readonly name: string;
  readonly otherwise: string;
  /** The browser's `PublicKeyCredential` as JSON. */
  readonly response: string;
}

/** Stores the new passkey. Only {@link offerPasskey} gives its challenge. */
export async function enrolPasskey(
  deps: FactorDeps,
  enrolment: EnrolPasskey,
): Promise<Result<FactorId, EnrolRefusal>> {
  return await deps.db.transaction((tx) => enrolPasskeyIn(tx, deps, enrolment));
}

/** The same in a transaction that does more. */
export async function enrolPasskeyIn(
  tx: Tx,
  deps: FactorDeps,
  enrolment: EnrolPasskey,
): Promise<Result<FactorId, EnrolRefusal>> {
  const sent = parseRegistration(enrolment.response);
  if (!sent) return refuse('wrong_proof', 'ACC-4E1');
  return await enrol(tx, deps, { ...enrolment, sent });
}

async function enrol(
  tx: Tx,
  deps: FactorDeps,
  { account, name, otherwise, sent }: EnrolPasskey & { readonly sent: Registration },
): Promise<Result<FactorId, EnrolRefusal>> {
  await lockAccounts(tx, [account]);
  const challenge = challengeHash(deps.secrets, sent.challenge);
  if (!(await takeChallenge(tx, { account, purpose: CEREMONY, challenge })))
    return refuse('wrong_proof', 'ACC-4E2');
  if ((await findFactors(tx, account)).length >= MOST_FACTORS)
    return refuse('too_many_factors', 'ACC-4E3');
  const made = await credentialOf(deps.issuer, sent);
  if (!made) return refuse('wrong_proof', 'ACC-4E4');
  const factor: Pick<Factor, 'id' | 'kind'> = { id: newId('fac'), kind: 'passkey' };
  const inserted = await insertPasskey(tx, {
    id: factor.id,
    account,
    name: factorName(name, otherwise),
    ...made,
  });
  if (!inserted) return refuse('already_enrolled', 'ACC-4E5');
  await recordFactorChange(tx, deps, { account, what: 'factor.enrolled', factor, by: account });
  return ok(factor.id);
}
