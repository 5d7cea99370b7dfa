import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Assertion } from './passkey-answer.ts';

/** Challenges are stored as keyed hashes, like codes. */
export function challengeHash(secrets: InstallationSecret, challenge: string): Buffer {
  return secrets.hash('second-factors/challenge', challenge);
}

/**
 * The user handle of an account in its passkeys. It tells nothing about the account (WebAuthn
 * §14.6.1).
 */
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
 * Returns the new signature counter if this credential signed the answer, for this origin, and
 * verified its person; otherwise undefined. The caller checks that the challenge is one of ours.
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
        // a counter that does not grow means a copy (WebAuthn §6.1.1); the row is locked
        counter: credential.counter,
      },
    });
    return verified ? authenticationInfo.newCounter : undefined;
  } catch {
    return undefined; // the library's message quotes what was sent
  }
}

function withoutNulls({ userHandle: handle, ...rest }: Assertion['response']) {
  return { ...rest, ...(handle == null ? {} : { userHandle: handle }) };
}
