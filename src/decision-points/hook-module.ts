import { Worker } from 'node:worker_threads';
import { type Answer, isVerdict } from '../policy/answers.ts';
import type { DecisionPoint } from './decision-point.ts';
import type { WorkerMessage, WorkerQuestion, WorkerStart } from './hook-worker.ts';

export interface HookModuleOptions {
  readonly id: string;
  /** URL of a TypeScript or JavaScript module whose default export is a {@link Hook}. */
  readonly module: string;
  /**
   * The time limit of an evaluation. After it, the thread is ended, and the next question starts a
   * new one.
   */
  readonly timeoutMs: number;
  readonly fails: DecisionPoint['fails'];
}

const START_MS = 10_000;
const PROGRAM = new URL('./hook-worker.ts', import.meta.url);

interface Thread {
  readonly worker: Worker;
  readonly ready: Promise<{ readonly version: number; readonly needs: readonly string[] }>;
  readonly waiting: Map<number, (answer: Answer) => void>;
  readonly over: AbortSignal;
}

/**
 * Loads an operator's hook (R22). Rejects if the module does not load or exports no hook with that
 * id.
 */
export async function hookModule({
  id,
  module,
  timeoutMs,
  fails,
}: HookModuleOptions): Promise<DecisionPoint> {
  let thread = start({ id, module });
  let asked = 0;
  await within(thread.ready, START_MS, `${module} does not load within ${START_MS / 1000} s`);

  /** Ends a thread that hangs, with every question that waits for it. */
  const end = (hung: Thread): void => {
    if (thread === hung) thread = start({ id, module });
    for (const answer of hung.waiting.values()) answer({ failure: 'timeout', ms: timeoutMs });
    hung.waiting.clear();
    void hung.worker.terminate();
  };

  return {
    id,
    fails,
    close: async () => void (await thread.worker.terminate()),
    async ask({ facts, pack }) {
      if (thread.over.aborted) thread = start({ id, module });
      const mine = thread;
      asked += 1;
      const n = asked;
      const from = performance.now();
      return await new Promise<Answer>((resolve) => {
        const timer = setTimeout(() => end(mine), timeoutMs);
        mine.waiting.set(n, (answer) => {
          clearTimeout(timer);
          resolve({ ...answer, ms: Math.round(performance.now() - from) });
        });
        mine.ready.then(
          ({ needs }) => {
            const needed = Object.fromEntries(
              needs.map((need) => [need, facts[need as keyof typeof facts]]),
            );
            mine.worker.postMessage({ n, facts: needed, pack } satisfies WorkerQuestion);
          },
          () => mine.waiting.get(n)?.({ failure: 'unreachable', ms: 0 }),
        );
      });
    },
  };
}

function start(given: WorkerStart): Thread {
  const worker = new Worker(PROGRAM, { workerData: given, env: {}, stdout: true, stderr: true });
  worker.unref();
  const waiting: Thread['waiting'] = new Map();
  let by = given.id;
  const over = new AbortController();
  const ready = Promise.withResolvers<Awaited<Thread['ready']>>();
  ready.promise.catch(() => {}); // each question reports the error
  const fail = (error: Error): void => {
    over.abort();
    ready.reject(error);
    for (const answer of waiting.values()) answer({ failure: 'hook_failed', ms: 0 });
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error(`the thread of hook "${given.id}" has ended`)));
  worker.on('message', (message: WorkerMessage) => {
    if ('ready' in message) {
      by = `${given.id}@${message.ready.version}`;
      return ready.resolve(message.ready);
    }
    const answer = waiting.get(message.n);
    waiting.delete(message.n);
    if ('failure' in message) answer?.({ failure: message.failure, ms: 0 });
    else
      answer?.(
        isVerdict(message.verdict)
          ? { verdict: message.verdict, reasons: message.reasons, by, ms: 0 }
          : { failure: 'nonsense', ms: 0 },
      );
  });
  return { worker, ready: ready.promise, waiting, over: over.signal };
}

async function within<T>(work: Promise<T>, ms: number, words: string): Promise<T> {
  const timer = Promise.withResolvers<never>();
  const handle = setTimeout(() => timer.reject(new Error(words)), ms);
  try {
    return await Promise.race([work, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}
