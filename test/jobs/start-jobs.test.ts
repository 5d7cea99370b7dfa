import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { diagnoseJobs } from '../../src/cli/doctor-jobs.ts';
import { countRunners, deleteOldFailures, freeAbandoned } from '../../src/jobs/pools.store.ts';
import { type JobsInput, startJobs } from '../../src/jobs/start-jobs.ts';
import type { SWEEPS, Sweep } from '../../src/jobs/tasks.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import type { Database } from '../../src/store/database.ts';
import { enqueue, TASKS, type Task } from '../../src/store/jobs.store.ts';
import { sql } from '../../src/store/sql.ts';
import { atEnd } from '../support/cleanup.ts';
import { freshDatabase } from '../support/database.ts';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly job?: string;
  readonly attempt?: number;
}

/** A database with jobs that a test defines, and their log. */
async function makeRoom() {
  const stops: (() => Promise<void>)[] = [];
  // before the database is dropped
  atEnd(async () => void (await Promise.all(stops.map(async (stop) => await stop()))));
  const { db, url } = await freshDatabase();
  const lines: Line[] = [];
  const log = pino(
    { level: 'debug' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Line) },
  );
  const idle: Sweep = async () => undefined;
  const start = (sweeps: Partial<typeof SWEEPS> = {}): (() => Promise<void>) => {
    const others = Object.fromEntries(TASKS.map((task) => [task, idle])) as Record<Task, Sweep>;
    // no task of these tests uses it
    const messages = undefined as unknown as JobsInput['messages'];
    const evidence = undefined as unknown as JobsInput['evidence'];
    const stop = startJobs({
      db,
      evidence,
      messages,
      lifetimes: LIFETIMES,
      recordMonths: { audit: 36, events: 13 },
      databaseUrl: url,
      log,
      sweeps: { ...others, ...sweeps },
    });
    stops.push(stop);
    return stop;
  };
  return { db, lines, start };
}

/** Waits until something holds. */
async function until(holds: () => boolean | Promise<boolean>, seconds = 10): Promise<void> {
  for (const end = Date.now() + seconds * 1000; !(await holds()); await sleep(20)) {
    expect([`it did not hold within ${seconds} s: ${holds}`, Date.now() < end]).toStrictEqual([
      `it did not hold within ${seconds} s: ${holds}`,
      true,
    ]);
  }
}

async function waiting(
  db: Database,
  task: Task,
): Promise<{ readonly id: number; readonly attempts: number }[]> {
  return await db.query(
    sql`select id, attempts from graphile_worker.jobs where task_identifier = ${task}`,
  );
}

const runs = async (db: Database): Promise<boolean> => (await countRunners(db)).pools === 1;

describe('a process that runs jobs', () => {
  // Each task also runs when a minute begins, which these tests would count.
  beforeEach(async () => {
    const left = 60_000 - (Date.now() % 60_000);
    if (left < 15_000) await sleep(left + 1_000);
  });

  test('a process runs all due jobs when it starts, and later ones', async () => {
    const { db, start } = await makeRoom();
    const done: Task[] = [];
    const sweep =
      (task: Task): Sweep =>
      async () =>
        void done.push(task);
    start(Object.fromEntries(TASKS.map((task) => [task, sweep(task)])));
    await until(() => done.length === TASKS.length);
    expect([...done].sort()).toStrictEqual([...TASKS].sort());
    await enqueue(db, { task: 'ask-provider', cause: 'evi_1' });
    await until(() => done.length > TASKS.length);
    // not by the run of the minute, which runs every task
    expect(done.slice(TASKS.length)).toStrictEqual(['ask-provider']);
  });

  test('a task runs again when it says that more is due, and not before', async () => {
    const { db, start } = await makeRoom();
    const task = 'end-overdue-requests';
    const at: Date[] = [];
    start({
      [task]: async () => {
        const [row] = await db.query<{ now: Date }>(sql`select clock_timestamp() as now`);
        at.push(row?.now ?? new Date(0));
        return at.length === 1 ? 5 : undefined;
      },
    });
    const findNext = async () =>
      await db.query<{ due: Date; seconds: number }>(sql`
        select run_at as due, round(extract(epoch from run_at - created_at))::int as seconds
          from graphile_worker.jobs where task_identifier = ${task} and run_at > now()`);
    await until(async () => (await findNext()).length === 1);
    const [next] = await findNext();
    expect([at.length, next?.seconds]).toStrictEqual([1, 5]);
    await until(() => at.length === 2);
    expect(Number(at[1])).toBeGreaterThanOrEqual(Number(next?.due));
    await until(async () => (await waiting(db, task)).length === 0);
    expect(at.length).toBe(2);
  });

  test('work due in more than a minute waits for the run of that minute', async () => {
    const { db, start } = await makeRoom();
    let ran = 0;
    start({
      'enforce-deadlines': async () => {
        ran += 1;
        return 61;
      },
    });
    await until(async () => ran === 1 && (await waiting(db, 'enforce-deadlines')).length === 0);
  });

  test('a failed job is tried again, and the log names it', async () => {
    const { lines, start } = await makeRoom();
    let ran = 0;
    start({
      'count-board': async () => {
        ran += 1;
        if (ran === 1) throw new Error('the board is away');
      },
    });
    await until(() => ran === 2);
    const told = lines.filter(({ job, level }) => job === 'count-board' && level === 50);
    expect(told.map(({ msg, attempt }) => [msg, attempt])).toStrictEqual([
      ['a job failed and is tried again', 1],
    ]);
  });

  test('the log of a failed job has its item and the name of the job', async () => {
    const { lines, start } = await makeRoom();
    start({ 'ask-provider': async (_, onError) => void onError(new Error('one of many')) });
    await until(() =>
      lines.some(
        ({ job, msg, level }) =>
          job === 'ask-provider' && level === 50 && msg === 'one item of a job failed',
      ),
    );
  });

  test('jobs continue after PostgreSQL closes all their connections', async () => {
    const { db, start } = await makeRoom();
    let ran = 0;
    start({
      'ask-provider': async () => {
        ran += 1;
        if (ran === 1) await sleep(300); // its result cannot be written
      },
    });
    await until(() => ran === 1);
    await db.query(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'bindery-jobs' and datname = current_database()`);
    await until(async () => ran > 1 && (await runs(db)));
    const before = ran;
    await enqueue(db, { task: 'ask-provider', cause: 'evi_1' });
    await until(() => ran > before);
  });

  test('a process finishes its running jobs before it stops, and takes no other', async () => {
    const { db, start } = await makeRoom();
    let [begun, ended] = [0, 0];
    const stop = start({
      'ask-provider': async () => {
        begun += 1;
        await sleep(500);
        ended += 1;
      },
    });
    await until(() => begun === 1);
    await enqueue(db, { task: 'ask-provider', cause: 'evi_1' });
    await stop();
    expect([begun, ended]).toStrictEqual([1, 1]);
    await until(async () => (await countRunners(db)).pools === 0);
    // the job waits for the next process
    expect((await waiting(db, 'ask-provider')).length).toBe(1);
  });
});

test('two processes never run a task at the same time', async () => {
  const { db, start } = await makeRoom();
  let [ran, now, most] = [0, 0, 0];
  const sweep: Sweep = async () => {
    now += 1;
    most = Math.max(most, now);
    await sleep(100);
    now -= 1;
    ran += 1;
  };
  for (const _ of [1, 2]) start({ 'ask-provider': sweep });
  await until(async () => (await countRunners(db)).pools === 2);
  for (let cause = 0; cause < 6; cause += 1)
    await enqueue(db, { task: 'ask-provider', cause: `evi_${cause}` });
  await until(async () => ran >= 6 && (await waiting(db, 'ask-provider')).length === 0, 30);
  expect(most).toBe(1);
});

describe('a job that failed for good', () => {
  test('a dead job is logged as an error, shown by the doctor, deleted after a day', async () => {
    const { db, lines, start } = await makeRoom();
    await enqueue(db, { task: 'count-board', cause: 'test' });
    const [job] = await waiting(db, 'count-board');
    await db.query(
      sql`select 1 from graphile_worker.reschedule_jobs(array[${job?.id}]::bigint[], attempts => 3)`,
    );
    const stop = start({
      'count-board': async () => {
        throw new Error('no tallies');
      },
    });
    await until(() =>
      lines.some(({ msg, level }) => msg === 'a job failed for good' && level === 50),
    );
    await until(async () =>
      (await diagnoseJobs({ db, lifetimes: LIFETIMES })).some(({ ok }) => !ok),
    );
    const found = await diagnoseJobs({ db, lifetimes: LIFETIMES });
    expect(
      found.some(
        ({ ok, what, advice }) =>
          !ok &&
          /count-board failed for good 1 time /.test(what) &&
          /^no tallies\./.test(String(advice)),
      ),
    ).toBe(true);
    await stop();
    await db.query(
      sql`update graphile_worker._private_jobs set run_at = now() - interval '2 days', updated_at = now() - interval '2 days'`,
    );
    expect((await diagnoseJobs({ db, lifetimes: LIFETIMES })).every(({ ok }) => ok)).toBe(true);
    expect(await deleteOldFailures({ db, lifetimes: LIFETIMES }, 500)).toBe(1);
  });

  test('a dead job is deleted after a day, and one that may be tried again is kept', async () => {
    const { db } = await makeRoom();
    await enqueue(db, { task: 'count-board', cause: 'test' });
    await db.query(
      sql`update graphile_worker._private_jobs set run_at = now() - interval '2 days', updated_at = now() - interval '2 days'`,
    );
    expect(await deleteOldFailures({ db, lifetimes: LIFETIMES }, 500)).toBe(0);
  });
});

test('the doctor reports jobs that wait though processes run', async () => {
  const { db, start } = await makeRoom();
  start();
  await until(
    async () => (await runs(db)) && (await waiting(db, 'delete-expired-rows')).length === 0,
  );
  expect(
    (await diagnoseJobs({ db, lifetimes: LIFETIMES })).some(
      ({ ok, what }) => ok && what === 'jobs: run by 1 process',
    ),
  ).toBe(true);
  await db.query(sql`
    select 1 from graphile_worker.add_job('a-task-of-another-version', run_at => now() - interval '6 minutes')`);
  expect(
    (await diagnoseJobs({ db, lifetimes: LIFETIMES })).some(
      ({ ok, what }) => !ok && /^jobs: 1 wait/.test(what),
    ),
  ).toBe(true);
});

describe('jobs of a process that died', () => {
  /** A job as graphile-worker leaves it when its process dies. */
  async function abandon(db: Database, attempts: number, key: string | null): Promise<void> {
    await enqueue(db, { task: 'ask-provider', cause: 'evi_1' });
    await db.query(sql`
      with queue as (
        update graphile_worker._private_job_queues set locked_by = 'pool-gone', locked_at = now() returning 1
      )
      update graphile_worker._private_jobs
         set locked_by = 'pool-gone', locked_at = now(), attempts = ${attempts}, key = ${key}`);
  }

  test('jobs of a dead process are free at once, and their queues too', async () => {
    const { db, start } = await makeRoom();
    await abandon(db, 1, 'ask-provider:evi_1');
    let ran = 0;
    start({
      'ask-provider': async () => {
        ran += 1;
      },
    });
    await until(() => ran === 2); // the abandoned run, and the run of every start
  });

  test('a job of a dead process fails if it was its last attempt', async () => {
    const { db } = await makeRoom();
    await abandon(db, 4, 'ask-provider:evi_1');
    expect(await freeAbandoned(db)).toBe(1);
    expect(
      (await diagnoseJobs({ db, lifetimes: LIFETIMES })).some(
        ({ ok, advice }) => !ok && /the process that ran it died/.test(String(advice)),
      ),
    ).toBe(true);
  });

  test('a job of a dead process ends if a newer one replaced it', async () => {
    const { db } = await makeRoom();
    await abandon(db, 4, null);
    expect(await freeAbandoned(db)).toBe(1);
    expect(await waiting(db, 'ask-provider')).toStrictEqual([]);
  });

  test('jobs of a living process are not touched', async () => {
    const { db, start } = await makeRoom();
    const held = new AbortController();
    let ran = 0;
    start({
      'ask-provider': async () => {
        ran += 1;
        if (!held.signal.aborted) await once(held.signal, 'abort');
      },
    });
    try {
      await until(() => ran === 1);
      expect(await freeAbandoned(db)).toBe(0);
      await enqueue(db, { task: 'ask-provider', cause: 'evi_1' });
      await sleep(2_500);
      expect(ran).toBe(1);
    } finally {
      held.abort();
    }
    await until(() => ran === 2);
  });
});
