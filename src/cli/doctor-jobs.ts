import { countRunners, findFailedTasks } from '../jobs/pools.store.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Db } from '../store/database.ts';
import { findJobsRevision } from '../store/jobs.store.ts';
import type { Finding } from './finding.ts';

/** Checks background jobs: does a process run them, and did any fail for good in the last day? */
export async function diagnoseJobs(deps: {
  readonly db: Db;
  readonly lifetimes: Lifetimes;
}): Promise<readonly Finding[]> {
  const { db } = deps;
  if ((await findJobsRevision(db)) === undefined) {
    return [
      {
        ok: false,
        what: 'jobs: their tables are not there yet',
        advice: 'Start Bindery once, or run: npm run cli -- migrate',
      },
    ];
  }
  const failed = await findFailedTasks(deps);
  return [
    runners(await countRunners(db)),
    ...failed.map(({ task, times, lastAt, lastError }) => ({
      ok: false,
      what: `job ${task} failed for good ${times} ${times === 1 ? 'time' : 'times'} in the last day, last at ${lastAt.toISOString()}`,
      advice: `${lastError}. The log has the whole error; the task is tried again every minute.`,
    })),
  ];
}

/** Jobs may wait while Bindery is stopped, but not while it runs. */
function runners({ pools, late }: { readonly pools: number; readonly late: number }): Finding {
  if (pools === 0) return { ok: true, what: 'jobs: no process of Bindery runs them now' };
  if (late === 0)
    return { ok: true, what: `jobs: run by ${pools} ${pools === 1 ? 'process' : 'processes'}` };
  return {
    ok: false,
    what: `jobs: ${late} wait for more than five minutes, though ${pools} processes run them`,
    advice:
      'The log tells what jobs wait for (LOG_LEVEL=debug names each); restart Bindery if it tells nothing.',
  };
}
