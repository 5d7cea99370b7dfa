import {
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { EncryptJWT, jwtDecrypt } from 'jose';

const SALT = 'bindery/installation/1';

/**
 * The installation's one root secret. Every other key is derived from it by purpose (HKDF-SHA-256,
 * RFC 5869), so a leaked key opens nothing elsewhere. It has at least 32 bytes.
 */
export class InstallationSecret {
  readonly #root: Buffer;
  readonly #derived = new Map<string, Buffer>();
  readonly #hashing = new Map<string, KeyObject>();

  constructor(root: Buffer) {
    if (root.length < 32) throw new RangeError('the installation secret needs at least 32 bytes');
    this.#root = root;
  }

  /** The root itself, base64url. Only a worker of the same installation may receive it. */
  export(): string {
    return this.#root.toString('base64url');
  }

  /** 32 bytes derived from the root and `purpose` alone. */
  derive(purpose: string): Buffer {
    let key = this.#derived.get(purpose);
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', this.#root, SALT, purpose, 32));
      this.#derived.set(purpose, key);
    }
    return key;
  }

  /**
   * HMAC-SHA-256 under the key of `purpose`. Codes, handles and browser identifiers are stored like
   * this.
   */
  hash(purpose: string, value: string): Buffer {
    let key = this.#hashing.get(purpose);
    if (!key) {
      // Created once: with a Buffer as its key, every HMAC costs five times as much.
      key = createSecretKey(this.derive(purpose));
      this.#hashing.set(purpose, key);
    }
    return createHmac('sha256', key).update(value).digest();
  }

  /**
   * Encrypts `payload` (JWE, dir + A256GCM) for `ttlSeconds`. Only {@link unseal} with the same
   * purpose opens it.
   */
  async seal(
    purpose: string,
    payload: Readonly<Record<string, unknown>>,
    ttlSeconds: number,
  ): Promise<string> {
    return await new EncryptJWT({ ...payload })
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setExpirationTime(Math.floor(Date.now() / 1000) + ttlSeconds)
      .encrypt(this.derive(`seal:${purpose}`));
  }

  /** The payload of {@link seal}, or undefined if it is expired, foreign or forged. */
  async unseal(
    purpose: string,
    sealed: string,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const { payload } = await jwtDecrypt(sealed, this.derive(`seal:${purpose}`), {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      });
      return payload;
    } catch {
      return undefined;
    }
  }
}

/** Compares in constant time, so that the duration does not show where two digests differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
