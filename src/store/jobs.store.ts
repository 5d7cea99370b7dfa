import type { Db } from './database.ts';
import { type Statement, sql } from './sql.ts';

/**
 * All background tasks, see src/jobs/tasks.ts. docs/architecture.md says when and why each runs. A
 * job is one run of a task, stored in graphile-worker's own schema. A task handles everything that
 * is due, so a job carries no data.
 */
export const TASKS = [
  'free-abandoned-jobs',
  'ask-provider',
  'check-faces',
  'send-messages',
  'end-overdue-requests',
  'enforce-deadlines',
  'remove-documents',
  'escalate-late-cases',
  'count-board',
  'delete-expired-rows',
  'rotate-records',
] as const;

export type Task = (typeof TASKS)[number];

export interface NewJob {
  readonly task: Task;
  /**
   * The cause of the job, such as the id of a piece of evidence. One cause has one job.
   * Transactions with different causes write different jobs, so they do not wait for each other.
   */
  readonly cause: string;
  /** Seconds of real time until it is due. */
  readonly inSeconds?: number;
}

/**
 * Allows three more tries in half a minute (after 3, 7 and 20 s). So a task that keeps failing is
 * reported every minute.
 */
export const MOST_ATTEMPTS = 4;

/**
 * A queue runs one job at a time. The task that frees the queues of a dead process must not wait in
 * one.
 */
export function queueOf(task: Task): string | null {
  return task === 'free-abandoned-jobs' ? null : task;
}

/**
 * A statement that adds a job, for a store that writes the job with its cause: `together([cause,
 * jobStatement(job)])`. It must be the last one, because PostgreSQL does not run a `select` in a
 * `with` that nothing reads.
 */
export function jobStatement({ task, cause, inSeconds = 0 }: NewJob): Statement {
  return sql`
    select 1 from graphile_worker.add_job(
      identifier => ${task}::text, queue_name => ${queueOf(task)}::text, max_attempts => ${MOST_ATTEMPTS}::int,
      job_key => ${`${task}:${cause}`}::text, run_at => clock_timestamp() + make_interval(secs => ${inSeconds}::float8))`;
}

/** Enqueues a job. In a transaction, the job exists only if the transaction commits. */
export async function enqueue(db: Db, job: NewJob): Promise<void> {
  await db.query(jobStatement(job));
}

/** Makes every task due now. */
export async function enqueueAll(db: Db, cause: string): Promise<void> {
  const queues = TASKS.map(queueOf);
  await db.query(sql`
    select 1 from unnest(${TASKS}::text[], ${queues}::text[]) as due (task, queue), lateral graphile_worker.add_job(
      identifier => task, queue_name => queue, max_attempts => ${MOST_ATTEMPTS}::int, job_key => task || ':' || ${cause}::text)`);
}

/** The newest migration of graphile-worker that ran here; undefined if none did. */
export async function findJobsRevision(db: Db): Promise<number | undefined> {
  const [there] = await db.query<{ there: boolean }>(
    sql`select to_regclass('graphile_worker.migrations') is not null as there`,
  );
  if (!there?.there) return undefined;
  const [row] = await db.query<{ id: number }>(
    sql`select max(id) as id from graphile_worker.migrations`,
  );
  return row?.id;
}
