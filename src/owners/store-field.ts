import { appendAudit } from '../audit/audit-log.store.ts';
import type { OwnerId } from '../kernel/ids.ts';
import { ok, type Result } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import type { OwnerDeps } from './deps.ts';
import { type FieldName, placeOfField } from './fields.ts';
import { upsertField } from './owner-fields.store.ts';
import { lockOwners } from './owners.store.ts';
import { type DataKeyRefusal, sealBytes } from './seal-bytes.ts';

/**
 * Stores a field of an owner, replacing the old value. Only values that accepted evidence proves
 * may be stored.
 */
export async function storeField(
  tx: Tx,
  deps: Pick<OwnerDeps, 'custody'>,
  {
    owner,
    field,
    value,
    by,
  }: {
    readonly owner: OwnerId;
    readonly field: FieldName;
    readonly value: string;
    readonly by: string;
  },
): Promise<Result<void, DataKeyRefusal>> {
  await lockOwners(tx, [owner]); // waits for a deletion in progress, and then sees it
  const sealed = await sealBytes(tx, deps, {
    owner,
    place: placeOfField(owner, field),
    bytes: Buffer.from(value),
  });
  if (!sealed.ok) return sealed;
  await upsertField(tx, owner, field, sealed.value);
  await appendAudit(tx, {
    action: 'owner.field_stored',
    subject: owner,
    actor: by,
    detail: { field },
  });
  return ok(undefined);
}
