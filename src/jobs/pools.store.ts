import type { Lifetimes } from '../lifetimes.ts';
import type { Database, Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** The first number of the advisory locks for pools. The second is a hash of the pool's id. */
const POOLS = 25;

/** A running pool of job runners. */
export interface HeldPool {
  /** Resolves when the connection that holds the lock has ended, for any reason. */
  readonly lost: Promise<void>;
  release(): void;
}

/**
 * Marks a pool as running while its process lives. PostgreSQL releases an advisory lock when the
 * connection ends, for any reason. Without this, graphile-worker waits four hours before it frees a
 * job of a dead pool.
 */
export async function holdPool(db: Database, pool: string): Promise<HeldPool> {
  const client = await db.pool.connect();
  const lost = new Promise<void>((resolve) => client.once('end', () => resolve()));
  try {
    await client.query('select pg_advisory_lock($1, hashtext($2))', [POOLS, pool]);
  } catch (error) {
    client.release(true);
    throw error;
  }
  return { lost, release: () => client.release(true) };
}

/**
 * Frees the jobs and queues of pools whose process died, so that other pools take them. Returns the
 * number of those pools. A job on its last attempt is marked as failed. A job that a newer one
 * replaced while it ran is removed.
 */
export async function freeAbandoned(db: Database): Promise<number> {
  return await db.transaction(async (tx) => {
    const dead = await tx.query<{ pool: string }>(sql`
      select distinct locked_by as pool from graphile_worker.jobs
       where locked_at is not null and not exists (
         select 1 from pg_locks
          where locktype = 'advisory' and granted and objsubid = 2 and classid = ${POOLS}::int::oid
            and database = (select oid from pg_database where datname = current_database())
            and objid = (hashtext(locked_by)::bigint & 4294967295)::oid)`);
    if (dead.length === 0) return 0;
    const pools = dead.map(({ pool }) => pool);
    const last = await tx.query<{ id: number; key: string | null }>(sql`
      select id, key from graphile_worker.jobs where locked_by = any(${pools}::text[]) and attempts >= max_attempts`);
    await tx.query(sql`select graphile_worker.force_unlock_workers(${pools}::text[])`);
    const idsOf = (replaced: boolean) =>
      last.filter(({ key }) => (key === null) === replaced).map(({ id }) => id);
    await tx.query(sql`select 1 from graphile_worker.complete_jobs(${idsOf(true)}::bigint[])`);
    await tx.query(sql`
      select 1 from graphile_worker.permanently_fail_jobs(${idsOf(false)}::bigint[], 'the process that ran it died')`);
    return dead.length;
  });
}

interface Deps {
  readonly db: Db;
  readonly lifetimes: Lifetimes;
}

/** Deletes jobs that failed for good some time ago. */
export async function deleteOldFailures(
  { db, lifetimes: { jobs } }: Deps,
  batch: number,
): Promise<number> {
  const rows = await db.query(sql`
    select 1 from graphile_worker.complete_jobs(array(
      select id from graphile_worker.jobs
       where attempts >= max_attempts and locked_at is null and greatest(run_at, updated_at) < now() - make_interval(secs => ${jobs.failed})
       limit ${batch}))`);
  return rows.length;
}

export interface FailedTask {
  readonly task: string;
  readonly times: number;
  readonly lastAt: Date;
  readonly lastError: string;
}

/** Tasks with a job that failed for good and is not yet deleted for its age. */
export async function findFailedTasks({ db, lifetimes: { jobs } }: Deps): Promise<FailedTask[]> {
  return await db.query<FailedTask>(sql`
    select task_identifier as task, count(*)::int as times, max(updated_at) as "lastAt",
           (array_agg(last_error order by updated_at desc))[1] as "lastError"
      from graphile_worker.jobs
     where attempts >= max_attempts and locked_at is null and last_error is not null
       and greatest(run_at, updated_at) > now() - make_interval(secs => ${jobs.failed})
     group by task_identifier order by task_identifier`);
}

export interface JobRunners {
  /** Processes that run jobs now. */
  readonly pools: number;
  /** Jobs that are more than five minutes late. */
  readonly late: number;
}

export async function countRunners(db: Db): Promise<JobRunners> {
  const [row] = await db.query<JobRunners>(sql`
    select (select count(*)::int from pg_locks
             where locktype = 'advisory' and granted and objsubid = 2 and classid = ${POOLS}::int::oid
               and database = (select oid from pg_database where datname = current_database())) as pools,
           (select count(*)::int from graphile_worker.jobs
             where locked_at is null and attempts < max_attempts and run_at < now() - interval '5 minutes') as late`);
  if (!row) throw new Error('the query about jobs returned no row');
  return row;
}
