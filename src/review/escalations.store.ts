import type { Kind } from '../accounts/account.ts';
import type { CaseId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { SubjectKind } from './case.ts';

/** A late case as an operator sees it. Whose it is, only reviewers see. */
export interface LateCase {
  readonly id: CaseId;
  readonly subject: SubjectKind;
  readonly kind: Kind | null;
  readonly dueAt: Date;
  readonly escalatedAt: Date;
}

/**
 * Marks late cases, each once. One that is locked, because somebody decides it, waits for the next
 * round.
 */
export async function markLate(
  tx: Tx,
  batch: number,
): Promise<{ readonly id: CaseId; readonly dueAt: Date }[]> {
  return await tx.query<{ id: CaseId; dueAt: Date }>(sql`
    update review_cases set escalated_at = bindery_now()
     where id = any(array(select id from review_cases
                   where state = 'open' and escalated_at is null and due_at < bindery_now()
                   order by due_at limit ${batch}::int for update skip locked))
     returning id, due_at as "dueAt"`);
}

/** Seconds until the next case is late; those that are already do not count. */
export async function secondsToNextLate(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select extract(epoch from due_at - bindery_now())::float8 as seconds
      from review_cases where state = 'open' and escalated_at is null and due_at > bindery_now() order by due_at limit 1`);
  return row?.seconds;
}

export async function findLate(db: Db, most: number): Promise<LateCase[]> {
  return await db.query<LateCase>(sql`
    select id, subject_kind as subject, kind, due_at as "dueAt", escalated_at as "escalatedAt"
      from review_cases where state = 'open' and escalated_at is not null order by due_at, id limit ${most}`);
}

export interface OpenCount {
  readonly subject: SubjectKind;
  readonly kind: Kind | null;
  readonly open: number;
  readonly late: number;
}

export async function countOpen(db: Db): Promise<OpenCount[]> {
  return await db.query<OpenCount>(sql`
    select subject_kind as subject, kind, count(*)::int as open, (count(*) filter (where due_at < bindery_now()))::int as late
      from review_cases where state = 'open' group by subject_kind, kind order by subject_kind, kind`);
}
