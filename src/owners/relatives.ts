import { appendAudit } from '../audit/audit-log.store.ts';
import type { OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Database } from '../store/database.ts';
import { lockOwners } from './owners.store.ts';
import type { Relation } from './relation.ts';
import { deleteRelative, upsertRelative } from './relatives.store.ts';

interface Pair {
  readonly owner: OwnerId;
  readonly relative: OwnerId;
  /** Account id, or 'system'. */
  readonly by: string;
}

/**
 * Two owners are related. From the commit on, neither reviews the other (R23). A decision in
 * progress locks both, so it is over before, or sees this.
 */
export async function recordRelative(
  { db }: { readonly db: Database },
  { owner, relative, relation, by }: Pair & { readonly relation: Relation },
): Promise<Result<void, 'same_owner' | 'unknown_owner'>> {
  if (owner === relative) return refuse('same_owner', 'OWN-9A0', { owner });
  return await db.transaction(async (tx): Promise<Result<void, 'unknown_owner'>> => {
    const owners = await lockOwners(tx, [owner, relative]);
    for (const id of [owner, relative])
      if (!owners.has(id)) return refuse('unknown_owner', 'OWN-9A1', { owner: id });
    await upsertRelative(tx, { owner, relative, relation, by });
    await appendAudit(tx, {
      action: 'relative.recorded',
      subject: owner,
      actor: by,
      detail: { relative, relation },
    });
    return ok(undefined);
  });
}

export async function forgetRelative(
  { db }: { readonly db: Database },
  { owner, relative, by }: Pair,
): Promise<Result<void, 'not_related'>> {
  return await db.transaction(async (tx): Promise<Result<void, 'not_related'>> => {
    await lockOwners(tx, [owner, relative]);
    if (!(await deleteRelative(tx, owner, relative)))
      return refuse('not_related', 'OWN-9B0', { owner, relative });
    await appendAudit(tx, {
      action: 'relative.forgotten',
      subject: owner,
      actor: by,
      detail: { relative },
    });
    return ok(undefined);
  });
}
