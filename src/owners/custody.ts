import type { Result } from '../kernel/refusals.ts';

/** A data key as it may be stored: opened by the key-encryption key `keyId` alone. */
export interface WrappedKey {
  readonly keyId: string;
  readonly wrapped: Buffer;
}

/**
 * `unknown_key`: the custody has no such key-encryption key, or no longer. `not_authentic`: it has it, but this was not
 * wrapped with it, or not for this context.
 */
export type CustodyRefusal = 'unknown_key' | 'not_authentic';

/**
 * Who keeps the key-encryption keys. Shaped like a key management service, so that one can stand here:
 *
 * - Key-encryption keys never leave it.
 * - `context` is authenticated with the key: what was wrapped for one owner opens for no other.
 * - `wrap` and `rewrap` use the key that is current when they are called, which may change while a server runs; every
 *   key that was ever current opens what it wrapped until the operator retires it.
 * - `rewrap` need not let the data key out (as with a service that re-encrypts inside).
 * - A refusal is a fact about the key given; a custody that cannot be reached throws, and the caller may try again.
 */
export interface KeyCustody {
  currentKeyId(): Promise<string>;
  wrap(dataKey: Buffer, context: string): Promise<WrappedKey>;
  unwrap(wrapped: WrappedKey, context: string): Promise<Result<Buffer, CustodyRefusal>>;
  rewrap(wrapped: WrappedKey, context: string): Promise<Result<WrappedKey, CustodyRefusal>>;
}
