import type { EvidenceId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { jobStatement } from '../../store/jobs.store.ts';
import { sql, together } from '../../store/sql.ts';
import type { EvidenceDeps } from '../deps.ts';

type Deps = Pick<EvidenceDeps, 'db' | 'lifetimes'>;

/** The question is due at once: a job is enqueued with it. */
export async function scheduleSubmission(tx: Tx, id: EvidenceId): Promise<void> {
  const due = sql`update evidence set next_try_at = bindery_now() where id = ${id}`;
  await tx.query(together([due, jobStatement({ task: 'ask-provider', cause: id })]));
}

/** Seconds until the next question is due, 0 where one is; undefined where none waits. */
export async function secondsToNextSubmission(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select greatest(extract(epoch from next_try_at - bindery_now()), 0)::float8 as seconds
      from evidence where next_try_at is not null order by next_try_at limit 1`);
  return row?.seconds;
}

/**
 * Takes due questions for this worker. No other worker takes them until the pause is over. The
 * pauses grow. So a dead worker or a provider that is down only costs time.
 */
export async function claimSubmissions(
  { db, lifetimes: { evidence } }: Deps,
  batch: number,
): Promise<EvidenceId[]> {
  const rows = await db.query<{ id: EvidenceId }>(sql`
    update evidence
       set attempts = attempts + 1,
           next_try_at = bindery_now() + make_interval(secs => (${evidence.pauses}::int[])[least(attempts + 1, ${evidence.pauses.length}::int)])
     where id = any(array(
       select id from evidence where next_try_at <= bindery_now()
        order by next_try_at limit ${batch}::int for update skip locked))
    returning id`);
  return rows.map(({ id }) => id);
}

/**
 * The provider has the question. If its answer is lost, it is asked again later under the same id.
 */
export async function postponeSubmission(
  { db, lifetimes: { evidence } }: Deps,
  id: EvidenceId,
): Promise<void> {
  await db.query(sql`
    update evidence set next_try_at = bindery_now() + make_interval(secs => ${evidence.takenQuestion}) where id = ${id} and next_try_at is not null`);
}

/** All answers have come. */
export async function endSubmission(tx: Tx, id: EvidenceId): Promise<void> {
  await tx.query(sql`update evidence set next_try_at = null where id = ${id}`);
}
