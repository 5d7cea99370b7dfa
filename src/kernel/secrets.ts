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
 * The installation's one root secret, from which every other key is derived by purpose
 * (HKDF-SHA-256, RFC 5869): a key leaked from one place opens nothing elsewhere. At least 32 bytes;
 * configuration refuses less.
 */
export class InstallationSecret {
  readonly #root: Buffer;
  readonly #derived = new Map<string, Buffer>();
  readonly #hashing = new Map<string, KeyObject>();

  constructor(root: Buffer) {
    if (root.length < 32) throw new RangeError('the installation secret needs at least 32 bytes');
    this.#root = root;
  }

  /**
   * The root itself, base64url, for a worker of the same installation; nothing else may be given
   * it.
   */
  export(): string {
    return this.#root.toString('base64url');
  }

  /** 32 bytes that depend on the root and `purpose` alone. */
  derive(purpose: string): Buffer {
    let key = this.#derived.get(purpose);
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', this.#root, SALT, purpose, 32));
      this.#derived.set(purpose, key);
    }
    return key;
  }

  /**
   * HMAC-SHA-256 under the key of `purpose`: how codes, handles and browser identifiers are stored.
   */
  hash(purpose: string, value: string): Buffer {
    let key = this.#hashing.get(purpose);
    if (!key) {
      key = createSecretKey(this.derive(purpose)); // made once: keyed with a Buffer, every HMAC costs five times as much
      this.#hashing.set(purpose, key);
    }
    return createHmac('sha256', key).update(value).digest();
  }

  /**
   * Encrypts `payload` (JWE, dir + A256GCM) for `ttlSeconds`; only {@link unseal} with the same
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

  /** What {@link seal} was given, or undefined when it is expired, foreign or forged. */
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

/** Equality whose duration tells nothing about where two digests differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
