import type { Db } from './database.ts';
import { type Statement, sql } from './sql.ts';

/**
 * Everything that happens later, each a task of src/jobs/tasks.ts; docs/architecture.md says when
 * and why. A job is one run of a task, a row that graphile-worker keeps in its own schema. A task
 * works off whatever is due, so a job carries no data.
 */
export const TASKS = [
  'free-abandoned-jobs',
  'ask-provider',
  'check-faces',
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
   * What caused it, such as the id of a piece of evidence. Jobs of one cause are one job.
   * Transactions with different causes do not wait for each other, which they would if they wrote
   * the same job.
   */
  readonly cause: string;
  /** Seconds of real time until it is due. */
  readonly inSeconds?: number;
}

/**
 * Three more tries in half a minute (after 3, 7 and 20 s), so that a task which keeps failing is
 * told of every minute.
 */
export const MOST_ATTEMPTS = 4;

/**
 * A queue runs one job at a time. What frees the queue of a process that died must not wait in one.
 */
export function queueOf(task: Task): string | null {
  return task === 'free-abandoned-jobs' ? null : task;
}

/**
 * A job, for a store that writes it in one statement with its cause: `together([cause,
 * jobStatement(job)])`. It must stand last, because PostgreSQL does not run a `select` in a `with`
 * that nothing reads.
 */
export function jobStatement({ task, cause, inSeconds = 0 }: NewJob): Statement {
  return sql`
    select 1 from graphile_worker.add_job(
      identifier => ${task}::text, queue_name => ${queueOf(task)}::text, max_attempts => ${MOST_ATTEMPTS}::int,
      job_key => ${`${task}:${cause}`}::text, run_at => clock_timestamp() + make_interval(secs => ${inSeconds}::float8))`;
}

/** Enqueues a job. Inside a transaction it exists exactly when the rest of the transaction does. */
export async function enqueue(db: Db, job: NewJob): Promise<void> {
  await db.query(jobStatement(job));
}

/** Every task is due now. */
export async function enqueueAll(db: Db, cause: string): Promise<void> {
  const queues = TASKS.map(queueOf);
  await db.query(sql`
    select 1 from unnest(${TASKS}::text[], ${queues}::text[]) as due (task, queue), lateral graphile_worker.add_job(
      identifier => task, queue_name => queue, max_attempts => ${MOST_ATTEMPTS}::int, job_key => task || ':' || ${cause}::text)`);
}

/** The newest migration of graphile-worker that ran here; undefined where none did. */
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
