import { setTimeout as sleep } from 'node:timers/promises';
import { parseCronItems, type Runner, run, type TaskList } from 'graphile-worker';
import type { Logger } from 'pino';
import { Database } from '../store/database.ts';
import {
  enqueue,
  enqueueAll,
  MOST_ATTEMPTS,
  queueOf,
  TASKS,
  type Task,
} from '../store/jobs.store.ts';
import { jobEvents, libraryLog } from './log-jobs.ts';
import { freeAbandoned, type HeldPool, holdPool } from './pools.store.ts';
import { type JobDeps, SWEEPS } from './tasks.ts';

/** Jobs that one process runs at once. Two may wait for a provider while others continue. */
const AT_ONCE = 4;
/**
 * Connections of a process for its jobs. One holds the pool's lock, one listens, the others take
 * and finish jobs.
 */
const CONNECTIONS = 4;
/**
 * How often a process checks for jobs that have become due. Jobs that are due when enqueued are
 * announced at once.
 */
const POLL_MS = 2_000;
/** Tasks due sooner than this are enqueued. A run each minute finds the rest. */
const LOOK_AHEAD_SECONDS = 60;
/** The pause before the next batch after a full one. */
const SHORTEST_PAUSE_SECONDS = 1;
/**
 * Batches of one job each. Otherwise a job whose end cannot be written ends the whole process. With
 * batches, it ends only the pool.
 */
const WRITE_HANDLED = { completeJobBatchDelay: 0, failJobBatchDelay: 0 } as const;
/** How long a stop waits for running jobs. Another process takes the interrupted ones. */
const STOP_MS = 4_000;
const LONGEST_PAUSE_MS = 30_000;

export interface JobsInput extends JobDeps {
  readonly databaseUrl: string;
  readonly log: Logger;
  /** Tests replace them. */
  readonly sweeps?: typeof SWEEPS;
}

/**
 * Runs jobs in this process until stopped, beside the other processes of the installation. Each job
 * runs in one of them. If graphile-worker stops because it cannot write a job's end, it is
 * restarted after a pause. Returns the function that stops it.
 */
export function startJobs(input: JobsInput): () => Promise<void> {
  const stopping = new AbortController();
  const running = keepRunning(input, stopping.signal);
  return async () => {
    stopping.abort();
    await Promise.race([running, sleep(STOP_MS, undefined, { ref: false })]);
  };
}

async function keepRunning(input: JobsInput, stopping: AbortSignal): Promise<void> {
  for (let failures = 0; !stopping.aborted; failures += 1) {
    const startedAt = Date.now();
    try {
      await runPool(input, stopping);
    } catch (error) {
      if (!stopping.aborted)
        input.log.error({ err: error }, 'the runner of jobs stopped and is started again');
    }
    if (Date.now() - startedAt > LONGEST_PAUSE_MS) failures = 0;
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures);
    await sleep(pause, undefined, { signal: stopping }).catch(() => {});
  }
}

/** Runs one pool from start to end. Throws if it ended by itself. */
async function runPool(input: JobsInput, stopping: AbortSignal): Promise<void> {
  const { databaseUrl, log } = input;
  const db = new Database(databaseUrl, { max: CONNECTIONS, applicationName: 'bindery-jobs' });
  const life = new PoolLife(db);
  let runner: Runner | undefined;
  try {
    runner = await run({
      pgPool: db.pool,
      concurrency: AT_ONCE,
      pollInterval: POLL_MS,
      noHandleSignals: true,
      logger: libraryLog(log),
      events: jobEvents(log),
      taskList: taskListOf(input),
      parsedCronItems: parseCronItems(TASKS.map(everyMinute)),
      preset: { plugins: [life.plugin], worker: WRITE_HANDLED },
    });
    const ended = runner.promise.then(() => {
      if (!stopping.aborted) throw new Error('the pool ended by itself');
    });
    await Promise.race([ended, life.lost, aborted(stopping)]);
  } finally {
    await runner?.stop().catch(() => {}); // it may have stopped by itself already
    life.release();
    await db.close();
  }
}

/** So that a task that was missed waits no longer than a minute. */
function everyMinute(task: Task) {
  const queueName = queueOf(task);
  const options = {
    jobKey: task,
    maxAttempts: MOST_ATTEMPTS,
    ...(queueName === null ? {} : { queueName }),
  };
  return { task, identifier: task, match: '* * * * *', options };
}

function taskListOf({ log, sweeps = SWEEPS, ...deps }: JobsInput): TaskList {
  const entries = TASKS.map((task) => {
    const onError = (error: unknown): void =>
      log.error({ job: task, err: error }, 'one item of a job failed');
    const work = async (): Promise<void> => {
      const seconds = await sweeps[task](deps, onError);
      if (seconds === undefined || seconds > LOOK_AHEAD_SECONDS) return;
      await enqueue(deps.db, {
        task,
        cause: 'next',
        inSeconds: Math.max(seconds, SHORTEST_PAUSE_SECONDS),
      });
    };
    return [task, work] as const;
  });
  return Object.fromEntries(entries);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/**
 * Steps before a pool takes its first job: mark it as running, free the jobs of dead pools, and
 * make every task due.
 */
class PoolLife {
  readonly #db: Database;
  #begun: Promise<HeldPool> | undefined;
  #tellLost: (error: unknown) => void = () => {};
  /** Rejects when other processes may treat this pool as dead. */
  readonly lost = new Promise<never>((_, reject) => {
    this.#tellLost = reject;
  });
  readonly plugin: GraphileConfig.Plugin = {
    name: 'BinderyPoolLife',
    version: '1.0.0',
    worker: {
      hooks: {
        startWorker: async (_, { worker }) => {
          this.#begun ??= this.#begin(worker.workerPool.id);
          await this.#begun;
        },
      },
    },
  };

  constructor(db: Database) {
    this.#db = db;
    this.lost.catch(() => {}); // the waiting code gets the error
  }

  async #begin(pool: string): Promise<HeldPool> {
    try {
      const held = await holdPool(this.#db, pool);
      held.lost.then(() =>
        this.#tellLost(new Error('the connection that holds the lock of this pool has ended')),
      );
      await freeAbandoned(this.#db);
      await enqueueAll(this.#db, 'start');
      return held;
    } catch (error) {
      this.#tellLost(error);
      throw error;
    }
  }

  release(): void {
    this.#begun?.then((held) => held.release()).catch(() => {});
  }
}
