import type { EvidenceId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';

/** Longest pause between two tries; a provider that was down for hours is found again within it. */
const LONGEST_PAUSE_SECONDS = 900;

export async function scheduleSubmission(tx: Tx, id: EvidenceId): Promise<void> {
  await tx.query(sql`update evidence set next_try_at = bindery_now() where id = ${id}`);
}

/**
 * Questions that are due, taken by this worker: until the pause is over no other takes them, and it doubles with each try
 * (30 s, 1 min, 2 min …), so that a worker that died, like a provider that is down, costs time and nothing else.
 */
export async function claimSubmissions(db: Db, batch: number): Promise<EvidenceId[]> {
  const rows = await db.query<{ id: EvidenceId }>(sql`
    update evidence
       set attempts = attempts + 1,
           next_try_at = bindery_now() + make_interval(secs => least(30 * power(2, least(attempts, 10)), ${LONGEST_PAUSE_SECONDS}::int))
     where id in (select id from evidence where next_try_at <= bindery_now() order by next_try_at limit ${batch} for update skip locked)
    returning id`);
  return rows.map(({ id }) => id);
}

/** The provider has it. Should its answer get lost, it is asked again in an hour, and knows the question by its id. */
export async function postponeSubmission(db: Db, id: EvidenceId): Promise<void> {
  await db.query(sql`
    update evidence set next_try_at = bindery_now() + interval '1 hour' where id = ${id} and next_try_at is not null`);
}

/** All that was to be heard has been heard. */
export async function endSubmission(tx: Tx, id: EvidenceId): Promise<void> {
  await tx.query(sql`update evidence set next_try_at = null where id = ${id}`);
}
