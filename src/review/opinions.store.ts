import type { AccountId, CaseId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { CaseDecision } from './case.ts';

/** A reviewer's opinion, its reason sealed. */
export interface StoredOpinion {
  readonly by: AccountId;
  readonly decision: CaseDecision;
  /** Null after the applicant was forgotten. */
  readonly reason: Buffer | null;
  readonly at: Date;
}

/** The opinions that count, in order. Those from before the last change of the case do not. */
export async function findOpinions(db: Db, id: CaseId): Promise<StoredOpinion[]> {
  return await db.query<StoredOpinion>(sql`
    select o.by, o.decision, o.reason, o.at
      from review_opinions o join review_cases c on c.id = o.case_id
     where o.case_id = ${id} and o.at >= c.changed_at order by o.at, o.by`);
}

/** Replaces an opinion that a change of the case made void. */
export async function saveOpinion(
  tx: Tx,
  id: CaseId,
  { by, decision, reason }: Omit<StoredOpinion, 'at'>,
): Promise<void> {
  await tx.query(sql`
    insert into review_opinions (case_id, by, decision, reason) values (${id}, ${by}, ${decision}, ${reason})
    on conflict (case_id, by) do update set decision = excluded.decision, reason = excluded.reason, at = bindery_now()`);
}

export async function saveLook(tx: Tx, id: CaseId, by: AccountId): Promise<void> {
  await tx.query(sql`
    insert into review_looks (case_id, by) values (${id}, ${by})
    on conflict (case_id, by) do update set looked_at = bindery_now()`);
}

/** Whether the reviewer inspected the case since its last change. */
export async function hasLooked(tx: Tx, id: CaseId, by: AccountId): Promise<boolean> {
  const rows = await tx.query(sql`
    select 1 from review_looks l join review_cases c on c.id = l.case_id
     where l.case_id = ${id} and l.by = ${by} and l.looked_at >= c.changed_at`);
  return rows.length > 0;
}
