import { hash } from 'node:crypto';
import {
  calculateJwkThumbprint,
  EmbeddedJWK,
  type JWK,
  errors as joseErrors,
  jwtVerify,
} from 'jose';
import type { Database } from '../store/database.ts';
import { keyOf } from './artifact.ts';
import { useProof } from './artifacts.store.ts';
import { callDatabase } from './failure.ts';

/** How old a proof may be, and how far ahead its clock: as oidc-provider has it. */
const WINDOW_SECONDS = 300;

interface Call {
  readonly token: string;
  readonly method: string;
  /** Without query (RFC 9449 §4.2). */
  readonly url: string;
}

/**
 * The thumbprint of the key that a DPoP proof shows for this call (RFC 9449 §4.3), or undefined. A
 * proof is used up before anything happens, so that one that is sent twice does nothing twice.
 * oidc-provider checks proofs for its own endpoints only.
 */
export async function proofThumbprint(
  db: Database,
  proof: string,
  { token, method, url }: Call,
): Promise<string | undefined> {
  if (proof === '') return undefined;
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256', 'EdDSA', 'Ed25519'],
      maxTokenAge: WINDOW_SECONDS,
      clockTolerance: WINDOW_SECONDS,
      requiredClaims: ['jti', 'iat', 'htm', 'htu', 'ath'],
    });
    if (payload.htm !== method || payload.ath !== hash('sha256', token, 'base64url'))
      return undefined;
    if (typeof payload.htu !== 'string' || bare(payload.htu) !== bare(url)) return undefined;
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK);
    const key = keyOf('ReplayDetection', `${thumbprint} ${payload.jti}`);
    const used = await callDatabase(
      async () => await useProof(db, { key, ttl: 3 * WINDOW_SECONDS }),
    );
    return used ? thumbprint : undefined;
  } catch (error) {
    if (error instanceof joseErrors.JOSEError) return undefined;
    throw error;
  }
}

function bare(address: string): string | undefined {
  const url = URL.parse(address);
  if (!url) return undefined;
  url.hash = '';
  url.search = '';
  return url.href;
}
