import { randomBytes } from 'node:crypto';
import { newId, type OwnerId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import type { OwnerDeps } from './deps.ts';
import type { Owner } from './owner.ts';
import { keepReference, type OwnerReference } from './owner-references.store.ts';
import { findOrInsertOwner } from './owners.store.ts';

/**
 * Finds or makes the owner that a platform calls so. Its number is not known, so the keyed hash of
 * the reference stands for it: no document's number has the same.
 */
export async function registerReferencedOwner(
  tx: Tx,
  { custody }: Pick<OwnerDeps, 'custody'>,
  { reference, kind }: { readonly reference: OwnerReference; readonly kind: Owner['kind'] },
): Promise<OwnerId> {
  const id = newId('own');
  const dataKey = randomBytes(32);
  try {
    const key = await custody.wrap(dataKey, id);
    const owner = await findOrInsertOwner(tx, { id, kind, index: reference.hash, key });
    return await keepReference(tx, reference, owner);
  } finally {
    dataKey.fill(0);
  }
}
