import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ok, type Result, refuse } from '../kernel/refusals.ts';

/**
 * Where a sealed value is stored. The place is authenticated: elsewhere the value does not open.
 */
export interface Place {
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

// version (1) · nonce (12) · tag (16) · ciphertext. Random 96-bit nonces are safe for 2^32 values
// under one key (NIST SP 800-38D §8.3). A key here belongs to one owner.
const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const HEAD = 1 + NONCE + TAG;

/** Encrypts `plain` with AES-256-GCM for this place only. */
export function seal(key: Buffer, place: Place, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(
    authenticated(place),
  );
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), ciphertext]);
}

/** Opens what {@link seal} made. Refused if the key, the place or one bit differs. */
export function open(
  key: Buffer,
  place: Place,
  sealed: Uint8Array,
): Result<Buffer, 'not_authentic'> {
  if (sealed.length < HEAD) return refuse('not_authentic', 'OWN-2A0', { ...place });
  if (sealed[0] !== VERSION)
    return refuse('not_authentic', 'OWN-2A1', { ...place, version: sealed[0] });
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE), {
    authTagLength: TAG,
  })
    .setAAD(authenticated(place))
    .setAuthTag(sealed.subarray(1 + NONCE, HEAD));
  try {
    return ok(Buffer.concat([decipher.update(sealed.subarray(HEAD)), decipher.final()]));
  } catch {
    return refuse('not_authentic', 'OWN-2A2', { ...place });
  }
}

/** As JSON, so that two names cannot run into each other. */
function authenticated({ table, row, column }: Place): Buffer {
  return Buffer.from(JSON.stringify([VERSION, table, row, column]));
}
