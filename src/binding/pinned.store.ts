import type { BindingId } from '../kernel/ids.ts';
import type { PackVersion } from '../policy/pack-versions.store.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/**
 * The versions that bindings go by, ended bindings that people still see included. It reads the
 * index once a version, however many bindings there are. /
 */
export async function findPinnedVersions(db: Db): Promise<PackVersion[]> {
  return await db.query<PackVersion>(sql`
    with recursive used as (
      (select pack, pack_version from bindings where state <> 'purged' order by pack, pack_version limit 1)
      union all
      select following.pack, following.pack_version
        from used cross join lateral (
             select pack, pack_version from bindings
              where state <> 'purged' and (pack, pack_version) > (used.pack, used.pack_version)
              order by pack, pack_version limit 1) following)
    select pack, pack_version as version from used`);
}

export async function savePackVersion(tx: Tx, id: BindingId, version: number): Promise<void> {
  await tx.query(sql`update bindings set pack_version = ${version} where id = ${id}`);
}

/** How many live bindings go by a version, by the grade that they reached; null: without grades. */
export interface PinnedCount {
  readonly pack: string;
  readonly version: number;
  readonly grade: number | null;
  readonly bindings: number;
}

export async function countPinned(db: Db, pack: string | null): Promise<PinnedCount[]> {
  return await db.query<PinnedCount>(sql`
    select pack, pack_version as version, cardinality(reached) as grade, count(*)::int as bindings
      from bindings where state in ('active', 'suspended') and pack = coalesce(${pack}, pack)
     group by 1, 2, 3 order by 1, 2, 3`);
}

const PAGE = 500;

/**
 * The live bindings that go by a version, a page at a time. One that leaves it is not read again.
 */
export async function* findPinned(
  db: Db,
  { pack, version }: PackVersion,
): AsyncGenerator<BindingId> {
  for (let after = ''; ; ) {
    const rows = await db.query<{ id: BindingId }>(sql`
      select id from bindings
       where pack = ${pack} and pack_version = ${version} and state in ('active', 'suspended') and id > ${after}
       order by id limit ${PAGE}`);
    for (const { id } of rows) yield id;
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return;
    after = last.id;
  }
}

/** Requests that are not over, by version: what they bind goes by that version too. */
export async function countOpenRequests(
  db: Db,
): Promise<(PackVersion & { readonly requests: number })[]> {
  return await db.query(sql`
    select pack, pack_version as version, count(*)::int as requests from binding_requests
     where state in ('created', 'offered', 'answered', 'proving', 'in_review')
       and effective_request_state(state, expires_at, bindery_now()) not in ('expired', 'refused')
     group by 1, 2`);
}
