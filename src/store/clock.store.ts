import type { Db } from './database.ts';
import { sql } from './sql.ts';

/** Seconds that the business clock is ahead of the wall clock. Zero unless a demo moved it. */
export async function findClockOffset(db: Db): Promise<number> {
  const [row] = await db.query<{ ahead: number }>(
    sql`select extract(epoch from ahead)::float8 as ahead from clock_offset`,
  );
  return row?.ahead ?? 0;
}

/** The current reading of the business clock. */
export async function readClock(db: Db): Promise<Date> {
  const [row] = await db.query<{ now: Date }>(sql`select bindery_now() as now`);
  if (!row) throw new Error('the clock query returned no row');
  return row.now;
}

/** Moves the business clock forward by an ISO 8601 duration; returns its new reading. */
export async function advanceClock(db: Db, by: string): Promise<Date> {
  await db.query(sql`update clock_offset set ahead = ahead + ${by}::interval`);
  return await readClock(db);
}
