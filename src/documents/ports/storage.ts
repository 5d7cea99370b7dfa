import type { DocumentId } from '../../kernel/ids.ts';

/**
 * Where sealed documents lie. Promises:
 *
 * - It is given ciphertext and random names only, and needs to know nothing else.
 * - `put` returns once the bytes are durable; the same name again with other bytes is a bug of the caller and refused.
 * - `get` is undefined for what is not there; `remove` of what is not there succeeds, so that it can be repeated.
 * - What cannot be reached throws.
 */
export interface DocumentStorage {
  put(id: DocumentId, sealed: Uint8Array): Promise<void>;
  get(id: DocumentId): Promise<Buffer | undefined>;
  remove(id: DocumentId): Promise<void>;
}
