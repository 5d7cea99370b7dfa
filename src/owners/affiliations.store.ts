import type { OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Query, query } from '../store/query.ts';
import { sql } from '../store/sql.ts';
import { type GroupTie, MOST_LEVELS } from './group.ts';

/**
 * Since when the subsidiary belongs to the parent, at any level of the group (R1, R44): since the
 * latest of the ties between them. Null if they are not tied.
 */
export function affiliationOf(
  parent: OwnerId | null,
  subsidiary: OwnerId | null,
): Query<Date | null> {
  return query(
    sql`
    with recursive above (id, at, level) as (
      select parent_id, verified_at, 2 from owner_affiliations
       where subsidiary_id = ${subsidiary} and withdrawn_at is null
      union all
      select t.parent_id, greatest(above.at, t.verified_at), above.level + 1
        from above join owner_affiliations t on t.subsidiary_id = above.id and t.withdrawn_at is null
       where above.level < ${MOST_LEVELS}::int
    )
    select milliseconds(at) as at from above where id = ${parent} limit 1`,
    ([tie]: readonly { readonly at: number }[]) => (tie ? new Date(tie.at) : null),
  );
}

/** The ties between these owners that hold. */
export async function findTies(db: Db, owners: readonly OwnerId[]): Promise<GroupTie[]> {
  return await db.query<GroupTie>(sql`
    select parent_id as parent, subsidiary_id as subsidiary from owner_affiliations
     where parent_id = any(${owners}::text[]) and subsidiary_id = any(${owners}::text[]) and withdrawn_at is null
     order by 1, 2`);
}

export async function upsertAffiliation(
  tx: Tx,
  parent: OwnerId,
  subsidiary: OwnerId,
  evidence: string,
): Promise<void> {
  await tx.query(sql`
    insert into owner_affiliations (parent_id, subsidiary_id, verified_at, evidence)
    values (${parent}, ${subsidiary}, bindery_now(), ${evidence})
    on conflict (parent_id, subsidiary_id) do update
       set verified_at = excluded.verified_at, evidence = excluded.evidence, withdrawn_at = null, withdrawn_because = null`);
}

export interface Affiliation {
  readonly parent: OwnerId;
  readonly subsidiary: OwnerId;
  readonly verifiedAt: Date;
}

/** The ties of an organisation that hold, to its parents and to its subsidiaries. */
export async function findAffiliations(db: Db, owner: OwnerId): Promise<Affiliation[]> {
  return await db.query<Affiliation>(sql`
    select parent_id as parent, subsidiary_id as subsidiary, verified_at as "verifiedAt"
      from owner_affiliations where (parent_id = ${owner} or subsidiary_id = ${owner}) and withdrawn_at is null
     order by verified_at, 1, 2`);
}

/** False if there was no valid tie. */
export async function setWithdrawn(
  tx: Tx,
  parent: OwnerId,
  subsidiary: OwnerId,
  because: string,
): Promise<boolean> {
  const rows = await tx.query(sql`
    update owner_affiliations set withdrawn_at = bindery_now(), withdrawn_because = ${because}
     where parent_id = ${parent} and subsidiary_id = ${subsidiary} and withdrawn_at is null returning 1`);
  return rows.length > 0;
}

/** The piece of evidence by which a tie holds. */
export async function findTieEvidence(
  db: Db,
  { parent, subsidiary }: GroupTie,
): Promise<string | undefined> {
  const [row] = await db.query<{ evidence: string }>(sql`
    select evidence from owner_affiliations
     where parent_id = ${parent} and subsidiary_id = ${subsidiary} and withdrawn_at is null`);
  return row?.evidence;
}
