import type { Flow } from '../operation.ts';
import type { RoundLimits, Sample } from './sample.ts';

/**
 * Runs the steps of all workers in parallel until the time or the count is used up. A started
 * operation is finished.
 */
export async function runFlow({ steps }: Flow, { seconds, most }: RoundLimits): Promise<Sample> {
  const latencies: number[] = [];
  const begin = performance.now();
  const until = begin + seconds * 1000;
  let left = most;
  await Promise.all(
    steps.map(async (step) => {
      for (let from = performance.now(); from < until && left > 0; from = performance.now()) {
        left -= 1;
        await step();
        latencies.push(performance.now() - from);
      }
    }),
  );
  return { operations: latencies.length, seconds: (performance.now() - begin) / 1000, latencies };
}
