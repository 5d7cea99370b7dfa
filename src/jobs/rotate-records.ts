import type { Config } from '../config.ts';
import type { Database } from '../store/database.ts';
import { dropOldMonths } from './records.store.ts';

/**
 * Makes the partitions of the months to come and drops those past their life. Returns the names of what it dropped.
 * How long each record lives, and what outlives its month: docs/decisions/0026-life-of-records.md.
 */
export async function rotateRecords(
  db: Database,
  { audit, events }: Config['recordMonths'],
): Promise<readonly string[]> {
  return [
    ...(await dropOldMonths(db, 'decisions', audit)),
    ...(await dropOldMonths(db, 'audit_log', audit)),
    ...(await dropOldMonths(db, 'events', events)),
  ];
}
