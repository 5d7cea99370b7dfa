import type { EventEmitter } from 'node:events';
import autocannon from 'autocannon';
import { CONCURRENCY, type RepeatedRequest } from '../operation.ts';
import type { RoundLimits, Sample } from './sample.ts';

const SAMPLE_MS = 20;
const PATIENCE = 4;

/**
 * Sends the same request up to `most` times over kept-alive connections. A count ends the round,
 * not a time. So no request is cut off, and statements and CPU belong to exactly these requests. A
 * round that takes far too long is stopped.
 */
export async function repeatRequest(
  repeated: RepeatedRequest,
  { seconds, most }: RoundLimits,
): Promise<Sample> {
  const { url, method, headers, variants, accepts } = repeated;
  const latencies: number[] = [];
  const problems: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const begin = performance.now();
  let end = begin;
  const run = autocannon(
    {
      url,
      method,
      connections: CONCURRENCY,
      amount: Math.max(most, CONCURRENCY),
      sampleInt: SAMPLE_MS,
      requests: variants.map((variant) => ({
        method,
        body: variant.body,
        headers: { ...headers, ...variant.headers },
      })),
      verifyBody: (body) => accepts(String(body)),
    },
    (error) => (error ? reject(error) : resolve()),
  );
  const patience = setTimeout(() => run.stop(), (seconds * PATIENCE + 2) * 1000);
  run.on('response', (_client, status, _bytes, milliseconds) => {
    end = performance.now();
    latencies.push(milliseconds);
    if (status !== 200) problems.push(`status ${status}`);
  });
  run.on('reqError', (error: Error) => problems.push(error.message));
  (run as EventEmitter).on('reqMismatch', (body: unknown) =>
    problems.push(`not what was asked for: ${String(body).slice(0, 300)}`),
  );
  await promise;
  clearTimeout(patience);
  if (problems.length > 0)
    throw new Error(
      `${url}: ${problems.length} of ${latencies.length} failed: ${[...new Set(problems)].slice(0, 3).join('; ')}`,
    );
  if (latencies.length === 0) throw new Error(`${url}: no answer`);
  return { operations: latencies.length, seconds: (end - begin) / 1000, latencies };
}
