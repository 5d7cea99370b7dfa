import { createPublicKey, randomBytes, verify } from 'node:crypto';
import type { Context } from 'koa';
import { type InstallationSecret, sameBytes } from '../../kernel/secrets.ts';
import { plusSeconds } from '../../kernel/time.ts';
import type { Lifetimes } from '../../lifetimes.ts';
import type { KeyProof } from '../../risk/device-key.ts';
import { field } from './field.ts';

const PURPOSE = 'web/device-nonce';
/** Prefix of what the browser signs, so that the signature has no meaning elsewhere. */
const SIGNED_AS = 'bindery device key 1 ';
const RANDOM = 16;

interface Means {
  readonly secrets: InstallationSecret;
  readonly lifetimes: Pick<Lifetimes['web'], 'deviceNonce'>;
}

/**
 * A nonce for the browser to sign, fresh for each form and valid in this browser only. It carries
 * its own MAC, so the server stores nothing for forms that are never sent.
 */
export function deviceNonce(
  secrets: InstallationSecret,
  browser: string,
  now = Date.now(),
): string {
  const said = `${now.toString(36)}.${randomBytes(RANDOM).toString('base64url')}`;
  return `${said}.${macOf(secrets, browser, said).toString('base64url')}`;
}

/**
 * Keyed hashes of the key that the browser proved with this form (src/web/core/assets/device.js).
 * Null where anything is wrong, such as an old form or a bad signature: the form is accepted
 * without a key.
 */
export function provenKey(
  ctx: Context,
  { secrets, lifetimes }: Means,
  browser: string,
  now = Date.now(),
): KeyProof | null {
  const [nonce, key, signature] = [
    field(ctx, 'device_nonce'),
    field(ctx, 'device_key'),
    field(ctx, 'device_proof'),
  ];
  if (!/^[\w-]{87}$/.test(key) || !/^[\w-]{86}$/.test(signature)) return null;
  const seconds = lifetimes.deviceNonce;
  const madeAt = checkNonce(secrets, browser, nonce, { now, seconds });
  if (
    madeAt === undefined ||
    !isSigned(Buffer.from(key, 'base64url'), Buffer.from(signature, 'base64url'), nonce)
  )
    return null;
  return {
    key: secrets
      .hash('device-key', Buffer.from(key, 'base64url').toString('base64url'))
      .toString('base64url'),
    nonce: secrets.hash('device-nonce', nonce).toString('base64url'),
    // longer than the form counts, whatever the clocks of server and database say
    nonceUntil: plusSeconds(new Date(madeAt), 2 * seconds),
  };
}

/** When the nonce was made; undefined if it is not this browser's or too old. */
function checkNonce(
  secrets: InstallationSecret,
  browser: string,
  nonce: string,
  { now, seconds }: { readonly now: number; readonly seconds: number },
): number | undefined {
  const parts = /^(([0-9a-z]{1,10})\.[\w-]{22})\.([\w-]{43})$/.exec(nonce);
  if (!parts) return undefined;
  const [, said = '', at = '', mac = ''] = parts;
  const madeAt = Number.parseInt(at, 36);
  const age = now - madeAt;
  const holds =
    age >= 0 &&
    age < seconds * 1000 &&
    sameBytes(Buffer.from(mac, 'base64url'), macOf(secrets, browser, said));
  return holds ? madeAt : undefined;
}

/** Checks ECDSA over P-256 with SHA-256; r and s are concatenated, as WebCrypto signs. */
function isSigned(key: Buffer, signature: Buffer, nonce: string): boolean {
  if (key[0] !== 4) return false; // an uncompressed point (SEC 1 §2.3.3)
  const [x, y] = [key.subarray(1, 33), key.subarray(33)].map((part) => part.toString('base64url'));
  try {
    const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    return verify(
      'sha256',
      Buffer.from(SIGNED_AS + nonce),
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      signature,
    );
  } catch {
    return false; // not a point of the curve
  }
}

function macOf(secrets: InstallationSecret, browser: string, said: string): Buffer {
  return secrets.hash(PURPOSE, `${said} ${browser}`);
}
