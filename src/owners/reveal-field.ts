import type { OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { OwnerDeps } from './deps.ts';
import { type FieldName, placeOfField } from './fields.ts';
import { findField } from './owner-fields.store.ts';
import type { Purpose } from './purpose.ts';
import { type DataKeyRefusal, openBytes } from './seal-bytes.ts';

/** The only way to read a field in clear. The audit row is written before the value is returned. */
export async function revealField(
  deps: Pick<OwnerDeps, 'db' | 'custody'>,
  {
    owner,
    field,
    by,
    purpose,
  }: {
    readonly owner: OwnerId;
    readonly field: FieldName;
    readonly by: string;
    readonly purpose: Purpose;
  },
): Promise<Result<string, 'no_field' | DataKeyRefusal | 'not_authentic'>> {
  const sealed = await findField(deps.db, owner, field);
  if (!sealed) return refuse('no_field', 'OWN-5B0', { owner, field });
  const opened = await openBytes(deps, {
    owner,
    place: placeOfField(owner, field),
    sealed,
    by,
    purpose,
  });
  return opened.ok ? ok(opened.value.toString()) : opened;
}
