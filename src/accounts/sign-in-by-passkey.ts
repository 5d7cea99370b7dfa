import {
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { appendAudit, recordRefusal } from '../audit/audit-log.store.ts';
import type { FactorId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { sameBytes } from '../kernel/secrets.ts';
import type { Tx } from '../store/database.ts';
import { type Consumption, consume, reward } from '../store/rate-limits.ts';
import { type Account, type AccountSummary, maySignIn, summaryOf } from './account.ts';
import { findAccount } from './accounts.store.ts';
import { putSignInChallenge, takeSignInChallenge } from './ceremonies.store.ts';
import type { FactorDeps } from './deps.ts';
import { lockPasskeyOfAnybody, type Passkey, usePasskey } from './factors.store.ts';
import { type Assertion, parseAssertion } from './passkey-answer.ts';
import { challengeHash, countSigned, relyingParty, userHandle } from './relying-party.ts';
import type { SignInLimits } from './sign-in.ts';
import { signInRefused, unknownSubject } from './sign-in-refused.ts';

export type PasskeySignInRefusal = 'passkey_refused' | 'too_many_attempts';

/** Who signed in, and by which passkey. */
export interface SignedInByPasskey {
  readonly account: AccountSummary;
  readonly passkey: FactorId;
}

export interface PasskeySignInDeps {
  readonly factors: Pick<FactorDeps, 'db' | 'secrets' | 'issuer' | 'lifetimes'>;
  readonly limits: { readonly signIn: Pick<SignInLimits, 'pair' | 'address' | 'challenges'> };
}

/** Keyed hash of the browser's cookie, and its address. */
export interface SignInOrigin {
  readonly browser: Buffer;
  readonly address: string;
}

/** The purpose in the audit row and of the signature. A proof for anything else is refused. */
const PURPOSE = 'sign_in';

/**
 * Options for `navigator.credentials.get` that name no account and no credential. The authenticator
 * offers those it keeps for this origin. They are answered within five minutes, once, in this
 * browser.
 */
export async function beginPasskeySignIn(
  { factors: { db, secrets, issuer, lifetimes }, limits }: PasskeySignInDeps,
  { browser, address }: SignInOrigin,
): Promise<Result<PublicKeyCredentialRequestOptionsJSON, 'too_many_attempts'>> {
  const limiter = limits.signIn.challenges;
  if (await consume(db, [{ limiter, key: address }]))
    return refuse('too_many_attempts', 'ACC-6K0', { limiter: limiter.name });
  const lifetimeSeconds = lifetimes.accounts.passkeyChallenge;
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(issuer).id,
    // it replaces the password, so finding the phone must not be enough
    userVerification: 'required',
    timeout: lifetimeSeconds * 1000,
  });
  await putSignInChallenge(db, {
    browser,
    challenge: challengeHash(secrets, options.challenge),
    lifetimeSeconds,
  });
  return ok(options);
}

/**
 * Signs in the account of a passkey. All failures are one refusal, so that nothing tells which
 * passkeys are known or that an account is closed.
 *
 * Attempts are counted by credential and by address, like those by password. Others' attempts
 * cannot lock an account out, because a signature cannot be guessed.
 */
export async function signInByPasskey(
  { factors: deps, limits }: PasskeySignInDeps,
  { response, browser, address }: SignInOrigin & { readonly response: string },
): Promise<Result<SignedInByPasskey, PasskeySignInRefusal>> {
  const sent = parseAssertion(response);
  const consumptions: readonly Consumption[] = [
    { limiter: limits.signIn.pair, key: `passkey ${sent?.id ?? ''}|${address}` },
    { limiter: limits.signIn.address, key: address },
  ];
  const spent = await consume(deps.db, consumptions);
  if (spent) return refuse('too_many_attempts', 'ACC-6K1', { limiter: spent.name });
  const by = 'passkey';
  if (!sent) {
    const malformed = refuse('passkey_refused', 'ACC-6K2');
    const subject = unknownSubject(deps.secrets, '');
    await recordRefusal(deps.db, signInRefused(subject, { by, site: malformed.refusal.site }));
    return malformed;
  }
  const signedIn = await deps.db.transaction(async (tx) => {
    const live = await takeSignInChallenge(tx, {
      browser,
      challenge: challengeHash(deps.secrets, sent.challenge),
    });
    const passkey = await lockPasskeyOfAnybody(tx, Buffer.from(sent.id, 'base64url'));
    if (!passkey) {
      const unknown = refuse('passkey_refused', 'ACC-6K3');
      const subject = unknownSubject(deps.secrets, sent.id);
      await recordRefusal(tx, signInRefused(subject, { by, site: unknown.refusal.site }));
      return unknown;
    }
    const entry = { subject: passkey.id, actor: passkey.account };
    const detail = { kind: 'passkey', purpose: PURPOSE };
    const checked = live
      ? await check(tx, deps, sent, passkey)
      : refuse('passkey_refused', 'ACC-6K4');
    if (!checked.ok) {
      const { site } = checked.refusal;
      await appendAudit(tx, { action: 'factor.not_proved', ...entry, detail: { ...detail, site } });
      await recordRefusal(tx, signInRefused(passkey.account, { by, site }));
      return checked;
    }
    const { account, counter } = checked.value;
    await usePasskey(tx, { id: passkey.id, counter });
    await appendAudit(tx, { action: 'factor.proved', ...entry, detail });
    return ok({ account: summaryOf(account), passkey: passkey.id });
  });
  if (signedIn.ok) await reward(deps.db, consumptions);
  return signedIn;
}

/** The account that may sign in, and the new signature counter. */
async function check(
  tx: Tx,
  { secrets, issuer }: Pick<FactorDeps, 'secrets' | 'issuer'>,
  sent: Assertion,
  passkey: Passkey & { readonly account: AccountSummary['id'] },
): Promise<Result<{ readonly account: Account; readonly counter: number }, 'passkey_refused'>> {
  // The authenticator names the account, and it must be the owner of this passkey (WebAuthn §7.2,
  // step 6).
  const handle = Buffer.from(sent.response.userHandle ?? '', 'base64url');
  if (!sameBytes(handle, userHandle(secrets, passkey.account)))
    return refuse('passkey_refused', 'ACC-6K5');
  const counter = await countSigned(issuer, sent, passkey);
  if (counter === undefined) return refuse('passkey_refused', 'ACC-6K6');
  const account = await findAccount(tx, passkey.account);
  if (!account || !maySignIn(account)) return refuse('passkey_refused', 'ACC-6K7');
  return ok({ account, counter });
}
