import type { OwnerId } from '../kernel/ids.ts';
import { type Result, refuse } from '../kernel/refusals.ts';
import type { Db } from '../store/database.ts';
import type { KeyCustody } from './custody.ts';
import { findOwnerKey } from './owner-keys.store.ts';

/**
 * `no_key`: there is no such owner, or its key was destroyed; what was sealed with it is gone for good.
 * `key_unavailable`: the custody does not open it; an operator must know.
 */
export type DataKeyRefusal = 'no_key' | 'key_unavailable';

/** Runs `work` with the owner's data key in clear, which no one else keeps and which is wiped after. */
export async function withDataKey<T, C extends string>(
  db: Db,
  { custody, owner }: { readonly custody: KeyCustody; readonly owner: OwnerId },
  work: (dataKey: Buffer) => Result<T, C>,
): Promise<Result<T, C | DataKeyRefusal>> {
  const stored = await findOwnerKey(db, owner);
  if (!stored) return refuse('no_key', 'OWN-4A0', { owner });
  const dataKey = await custody.unwrap(stored, owner);
  if (!dataKey.ok)
    return refuse('key_unavailable', 'OWN-4A1', {
      owner,
      keyId: stored.keyId,
      because: dataKey.refusal.site,
    });
  try {
    return work(dataKey.value);
  } finally {
    dataKey.value.fill(0);
  }
}
