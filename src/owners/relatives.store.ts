import type { OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Relation } from './relation.ts';

/** All whom an owner is related to: relatives, and all organisations of its company group. */
export async function findRelated(db: Db, owner: OwnerId): Promise<OwnerId[]> {
  const rows = await db.query<{ id: OwnerId }>(sql`
          select relative_id   as id from owner_relatives    where owner_id = ${owner}
    union select owner_id            from owner_relatives    where relative_id = ${owner}
    union select near from owner_group(array[${owner}::text]) near where near <> ${owner}`);
  return rows.map(({ id }) => id);
}

export interface KnownRelative {
  readonly owner: OwnerId;
  readonly relation: Relation;
  readonly recordedBy: string;
  readonly recordedAt: Date;
}

export async function findRelatives(db: Db, owner: OwnerId): Promise<KnownRelative[]> {
  return await db.query<KnownRelative>(sql`
    select case owner_id when ${owner} then relative_id else owner_id end as owner, relation, recorded_by as "recordedBy", recorded_at as "recordedAt"
      from owner_relatives where owner_id = ${owner} or relative_id = ${owner} order by recorded_at, 1`);
}

/** Stores the pair in one order, whichever was named first. */
export async function upsertRelative(
  tx: Tx,
  {
    owner,
    relative,
    relation,
    by,
  }: {
    readonly owner: OwnerId;
    readonly relative: OwnerId;
    readonly relation: Relation;
    readonly by: string;
  },
): Promise<void> {
  await tx.query(sql`
    insert into owner_relatives (owner_id, relative_id, relation, recorded_by)
    values (least(${owner}::text, ${relative}::text), greatest(${owner}::text, ${relative}::text), ${relation}, ${by})
    on conflict (owner_id, relative_id) do update
       set relation = excluded.relation, recorded_by = excluded.recorded_by, recorded_at = bindery_now()`);
}

/** False if they were not related. */
export async function deleteRelative(tx: Tx, owner: OwnerId, relative: OwnerId): Promise<boolean> {
  const rows = await tx.query(sql`
    delete from owner_relatives
     where owner_id = least(${owner}::text, ${relative}::text) and relative_id = greatest(${owner}::text, ${relative}::text) returning 1`);
  return rows.length > 0;
}
