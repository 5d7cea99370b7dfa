import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

export async function deleteOldApprovalSessions(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from approval_sessions where ctid = any(array(
      select ctid from approval_sessions where expires_at < bindery_now() - interval '1 day'
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}

/**
 * Deletes old counters of attempts (src/store/rate-limits.ts); their `expire` is in milliseconds.
 */
export async function deleteOldCounters(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from rate_limits where ctid = any(array(
      select ctid from rate_limits where expire < (extract(epoch from now()) * 1000)::bigint
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}

/** Rows of one record are kept for `months` (see migrations/0021_time_and_records.sql). */
export async function dropOldMonths(
  db: Db,
  table: 'decisions' | 'audit_log' | 'events',
  months: number,
): Promise<string[]> {
  const [row] = await db.query<{ gone: string[] }>(
    sql`select rotate_records(${table}, ${months}) as gone`,
  );
  return row?.gone ?? [];
}
