import { parentPort, workerData } from 'node:worker_threads';
import { isVerdict, readReasons } from '../policy/answers.ts';
import { deepFreeze } from '../policy/freeze.ts';
import type { Hook } from '../policy/hook.ts';

/** The data that starts the thread; below, the messages it receives. */
export interface WorkerStart {
  readonly id: string;
  readonly module: string;
}

export interface WorkerQuestion {
  readonly n: number;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly pack: unknown;
}

/** The messages it sends: once that it is ready, then an answer to each question. */
export type WorkerMessage =
  | { readonly ready: { readonly version: number; readonly needs: readonly string[] } }
  | { readonly n: number; readonly verdict: string; readonly reasons: readonly string[] }
  | { readonly n: number; readonly failure: 'hook_failed' | 'nonsense' };

/** Runs an operator's hook in its own thread, where it can throw, hang or change globals. */
const { id, module } = workerData as WorkerStart;
const { default: hook } = (await import(module)) as { readonly default?: Partial<Hook> };
if (
  hook?.id !== id ||
  typeof hook.version !== 'number' ||
  !Array.isArray(hook.needs) ||
  typeof hook.evaluate !== 'function'
) {
  throw new TypeError(
    `${module} exports no hook "${id}" by default: { id, version, needs, evaluate }`,
  );
}
const evaluate = hook.evaluate.bind(hook);
const say = (message: WorkerMessage): void => parentPort?.postMessage(message);

parentPort?.on('message', ({ n, facts, pack }: WorkerQuestion) => {
  try {
    const { verdict, reasons } = evaluate(deepFreeze(facts) as never, pack as never);
    if (!isVerdict(verdict) || !Array.isArray(reasons)) return say({ n, failure: 'nonsense' });
    say({
      n,
      verdict,
      reasons: readReasons(reasons.map((reason: { code?: unknown }) => reason?.code)),
    });
  } catch {
    say({ n, failure: 'hook_failed' });
  }
});
say({ ready: { version: hook.version, needs: hook.needs } });
