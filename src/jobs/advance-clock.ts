import { advanceClock } from '../store/clock.store.ts';
import type { Database } from '../store/database.ts';
import { enqueueAll } from '../store/jobs.store.ts';

/**
 * Moves the business clock forward by an ISO 8601 duration. Also makes every task due, because jobs
 * wait in real time and would run too late. Returns the clock's new reading.
 */
export async function advanceBusinessClock(db: Database, by: string): Promise<Date> {
  return await db.transaction(async (tx) => {
    const now = await advanceClock(tx, by);
    await enqueueAll(tx, 'clock');
    return now;
  });
}
