import type { Result } from '../kernel/refusals.ts';

/** A stored data key. Only the key-encryption key `keyId` opens it. */
export interface WrappedKey {
  readonly keyId: string;
  readonly wrapped: Buffer;
}

/**
 * `unknown_key`: the custody has no such key-encryption key, or no longer. `not_authentic`: it has
 * the key, but this was wrapped by another key or for another context.
 */
export type CustodyRefusal = 'unknown_key' | 'not_authentic';

/**
 * Keeps the key-encryption keys. It has the shape of a key management service, so that one can
 * replace it:
 *
 * - Key-encryption keys never leave it.
 * - `context` is authenticated with the key: a key wrapped for one owner opens for no other.
 * - `wrap` and `rewrap` use the current key, which may change while a server runs. Every earlier
 *   key opens what it wrapped until the operator retires it.
 * - `rewrap` need not reveal the data key (a service may re-encrypt inside).
 * - A refusal is about the given key. A custody that cannot be reached throws, and the caller may
 *   try again.
 */
export interface KeyCustody {
  currentKeyId(): Promise<string>;
  wrap(dataKey: Buffer, context: string): Promise<WrappedKey>;
  unwrap(wrapped: WrappedKey, context: string): Promise<Result<Buffer, CustodyRefusal>>;
  rewrap(wrapped: WrappedKey, context: string): Promise<Result<WrappedKey, CustodyRefusal>>;
}
