import { EventEmitter } from 'node:events';
import { Logger, type WorkerEvents } from 'graphile-worker';
import type { Logger as Log } from 'pino';

/**
 * Log lines of graphile-worker itself: errors at level error, all else at debug. {@link jobEvents}
 * logs how jobs end.
 */
export function libraryLog(log: Log): Logger {
  return new Logger(() => (level, message, { failure, success, error }) => {
    if (failure === true || success === true) return;
    if (level === 'error') log.error({ err: error }, message);
    else log.debug(message);
  });
}

/** Logs each run of a job, with the name of its task. */
export function jobEvents(log: Log): WorkerEvents {
  const events: WorkerEvents = new EventEmitter();
  events.on('job:success', ({ job }) => {
    const { _cron: cron } = job.payload as { readonly _cron?: { readonly ts: string } };
    log.debug({ job: job.task_identifier, id: job.id, cron: cron?.ts }, 'a job is done');
  });
  events.on('job:error', ({ job, error }) => {
    const { task_identifier: task, attempts: attempt, max_attempts: most } = job;
    const words = attempt < most ? 'a job failed and is tried again' : 'a job failed for good';
    log.error({ job: task, attempt, most, err: error }, words);
  });
  return events;
}
