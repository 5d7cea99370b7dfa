import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Assertion } from './passkey-answer.ts';

/** Challenges are stored like codes: as keyed hashes. */
export function challengeHash(secrets: InstallationSecret, challenge: string): Buffer {
  return secrets.hash('second-factors/challenge', challenge);
}

/** What a passkey knows its account by: it says nothing of the account (WebAuthn §14.6.1). */
export function userHandle(secrets: InstallationSecret, account: string): Buffer {
  return secrets.hash('second-factors/user', account);
}

export function relyingParty(issuer: string): { readonly id: string; readonly origin: string } {
  const { hostname, origin } = new URL(issuer);
  return { id: hostname, origin };
}

interface Credential {
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly counter: number;
}

/**
 * The new count of signatures, if this credential signed what was sent, for this origin, and its person was verified;
 * undefined otherwise. Whether the challenge is one of ours is for the caller to know.
 */
export async function countSigned(
  issuer: string,
  sent: Assertion,
  credential: Credential,
): Promise<number | undefined> {
  const { id, origin } = relyingParty(issuer);
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...sent, response: withoutNulls(sent.response), clientExtensionResults: {} },
      expectedChallenge: sent.challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      credential: {
        id: credential.credentialId.toString('base64url'),
        publicKey: Uint8Array.from(credential.publicKey),
        counter: credential.counter, // one that does not grow is a copy's (WebAuthn §6.1.1); the row is locked
      },
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch {
    return undefined; // what the library says quotes what was sent
  }
}

function withoutNulls({ userHandle: handle, ...rest }: Assertion['response']) {
  return { ...rest, ...(handle == null ? {} : { userHandle: handle }) };
}
