import type { Config } from '../config.ts';
import type { Database } from '../store/database.ts';
import { dropOldMonths } from './records.store.ts';

/**
 * Creates the partitions of the coming months and drops the expired ones. Returns the names of the
 * dropped ones. See docs/decisions/0026-life-of-records.md for how long each record is kept.
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
