import type { DocumentId } from '../../kernel/ids.ts';

/**
 * Where sealed documents are stored. Promises:
 *
 * - It gets only ciphertext and random names.
 * - `put` returns once the bytes are durable. The same name with other bytes is the caller's bug
 *   and is refused.
 * - `get` is undefined for what is not there. `remove` of what is not there succeeds, so it can be
 *   repeated.
 * - It throws if it cannot be reached.
 */
export interface DocumentStorage {
  put(id: DocumentId, sealed: Uint8Array): Promise<void>;
  get(id: DocumentId): Promise<Buffer | undefined>;
  remove(id: DocumentId): Promise<void>;
}
