import {
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import { putChallenge, takeChallenge } from './ceremonies.store.ts';
import type { FactorDeps } from './deps.ts';
import type { FactorProof, ProofRefusal } from './factor.ts';
import { findPasskeys, lockPasskey, type Passkey, usePasskey } from './factors.store.ts';
import { type Assertion, parseAssertion } from './passkey-answer.ts';
import { attempt } from './proof-attempts.ts';
import { challengeHash, countSigned, relyingParty } from './relying-party.ts';

/**
 * Options for `navigator.credentials.get`: a challenge for one purpose. It lives for five minutes,
 * until it is answered or another is requested. A proof for one purpose is refused for another.
 */
export async function beginPasskeyProof(
  { db, secrets, issuer, lifetimes }: Pick<FactorDeps, 'db' | 'secrets' | 'issuer' | 'lifetimes'>,
  { account, purpose }: { readonly account: AccountId; readonly purpose: string },
): Promise<Result<PublicKeyCredentialRequestOptionsJSON, 'no_such_factor'>> {
  const passkeys = await findPasskeys(db, account);
  if (passkeys.length === 0) return refuse('no_such_factor', 'ACC-3K0');
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(issuer).id,
    // possession and unlocking are two factors, even when the password is known
    userVerification: 'required',
    timeout: lifetimes.accounts.passkeyChallenge * 1000,
    allowCredentials: passkeys.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      transports,
    })),
  });
  await putChallenge(db, {
    account,
    purpose,
    challenge: challengeHash(secrets, options.challenge),
    lifetimeSeconds: lifetimes.accounts.passkeyChallenge,
  });
  return ok(options);
}

/** `response` is the browser's `PublicKeyCredential` as JSON. */
export async function provePasskey(
  deps: Pick<FactorDeps, 'db' | 'secrets' | 'issuer' | 'limits'>,
  {
    account,
    purpose,
    response,
  }: { readonly account: AccountId; readonly purpose: string; readonly response: string },
): Promise<Result<FactorProof, ProofRefusal>> {
  return await attempt(deps, account, async () => {
    const sent = parseAssertion(response);
    if (!sent) return refuse('wrong_proof', 'ACC-3K1');
    return await deps.db.transaction(async (tx) => {
      const passkey = await lockPasskey(tx, account, Buffer.from(sent.id, 'base64url'));
      if (!passkey) return refuse('no_such_factor', 'ACC-3K2');
      const checked = await check(tx, deps, { account, purpose, sent, passkey });
      const detail = { kind: 'passkey', purpose };
      const entry = { subject: passkey.id, actor: account };
      if (!checked.ok) {
        await appendAudit(tx, {
          action: 'factor.not_proved',
          ...entry,
          detail: { ...detail, site: checked.refusal.site },
        });
        return checked;
      }
      const at = await usePasskey(tx, { id: passkey.id, counter: checked.value });
      await appendAudit(tx, { action: 'factor.proved', ...entry, detail });
      return ok({
        factor: passkey.id,
        kind: 'passkey' as const,
        enrolledAt: passkey.enrolledAt,
        at,
      });
    });
  });
}

interface Checked {
  readonly account: AccountId;
  readonly purpose: string;
  readonly sent: Assertion;
  readonly passkey: Passkey;
}

/** Returns the new signature counter. A wrong answer also uses up the challenge. */
async function check(
  tx: Tx,
  { secrets, issuer }: Pick<FactorDeps, 'secrets' | 'issuer'>,
  { account, purpose, sent, passkey }: Checked,
): Promise<Result<number, 'wrong_proof'>> {
  if (
    !(await takeChallenge(tx, {
      account,
      purpose,
      challenge: challengeHash(secrets, sent.challenge),
    }))
  )
    return refuse('wrong_proof', 'ACC-3K3');
  const counter = await countSigned(issuer, sent, passkey);
  return counter === undefined ? refuse('wrong_proof', 'ACC-3K4') : ok(counter);
}
