import type { OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { type Query, query } from '../store/query.ts';
import { sql } from '../store/sql.ts';

/** When the subsidiary's tie to the parent was verified (R1); null if there is no valid tie. */
export function affiliationOf(
  parent: OwnerId | null,
  subsidiary: OwnerId | null,
): Query<Date | null> {
  return query(
    sql`
    select milliseconds(verified_at) as at from owner_affiliations
     where parent_id = ${parent} and subsidiary_id = ${subsidiary} and withdrawn_at is null`,
    ([tie]: readonly { readonly at: number }[]) => (tie ? new Date(tie.at) : null),
  );
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
