import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

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
