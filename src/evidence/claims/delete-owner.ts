import { appendAudit } from '../../audit/audit-log.store.ts';
import { countBindingsOf } from '../../binding/bindings.store.ts';
import type { OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { lockOwners } from '../../owners/owners.store.ts';
import type { Tx } from '../../store/database.ts';
import { eraseOwner } from './erase-owner.store.ts';

/**
 * Deletes an owner. Its data key is destroyed, so everything sealed with it cannot be read after
 * the commit, documents and copies included. Its index is deleted too, so the same number makes a
 * new owner.
 *
 * Older backups still hold the wrapped key. Retiring the key-encryption key of that time closes
 * them (`keys rewrap`, then `keys retire`).
 */
export async function deleteOwner(
  tx: Tx,
  {
    owner,
    by,
    because,
  }: { readonly owner: OwnerId; readonly by: string; readonly because: string },
): Promise<Result<void, 'unknown_owner' | 'still_bound'>> {
  if (!(await lockOwners(tx, [owner])).has(owner))
    return refuse('unknown_owner', 'OWN-8A0', { owner });
  const bindings = await countBindingsOf(tx, owner);
  if (bindings > 0) return refuse('still_bound', 'OWN-8A1', { bindings });
  await eraseOwner(tx, owner);
  await appendAudit(tx, {
    action: 'owner.deleted',
    subject: owner,
    actor: by,
    detail: { because },
  });
  return ok(undefined);
}
