import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { AccountSummary } from './account.ts';
import type { FactorDeps } from './deps.ts';
import type { Passkey } from './factors.store.ts';
import type { Registration } from './passkey-answer.ts';
import { relyingParty, userHandle } from './relying-party.ts';

// EdDSA, ES256, RS256: every authenticator in use has one of them
const ALGORITHMS = [-8, -7, -257];

/** Whose passkey it becomes; the account may not exist yet. */
export type PasskeyOwner = Pick<AccountSummary, 'id' | 'login' | 'displayName'>;

/** Options for `navigator.credentials.create`. The caller keeps the challenge. */
export async function registrationOptions(
  { serviceName, issuer, secrets, lifetimes }: FactorDeps,
  owner: PasskeyOwner,
  passkeys: readonly Pick<Passkey, 'credentialId' | 'transports'>[],
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  return await generateRegistrationOptions({
    rpName: serviceName,
    rpID: relyingParty(issuer).id,
    userID: Uint8Array.from(userHandle(secrets, owner.id)),
    userName: owner.login,
    userDisplayName: owner.displayName,
    timeout: lifetimes.accounts.passkeyChallenge * 1000,
    attestationType: 'none',
    excludeCredentials: passkeys.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      transports,
    })),
    // Preferred: a key that the authenticator does not keep cannot sign in, but can prove a
    // step-up.
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
}

/**
 * The new credential; undefined where the answer is not one for this origin, or did not verify its
 * person. The caller checks that the challenge is one of ours.
 */
export async function credentialOf(
  issuer: string,
  sent: Registration,
): Promise<Omit<Passkey, 'id' | 'enrolledAt'> | undefined> {
  const { id, origin } = relyingParty(issuer);
  const { clientDataJSON, attestationObject, transports } = sent.response;
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id: sent.id,
        rawId: sent.rawId,
        type: sent.type,
        response: { clientDataJSON, attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: sent.challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    });
    if (!verified) return undefined;
    const { credential } = registrationInfo;
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      counter: credential.counter,
      transports,
    };
  } catch {
    return undefined; // the library's message quotes what was sent
  }
}
