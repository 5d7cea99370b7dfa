/** Counts by bucket: bucket b holds times from 1.1^b to 1.1^(b+1) milliseconds. */
export type Histogram = Map<number, number>;

/** In milliseconds, each exact to five percent. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const BASE = 1.1;

export function addTime(histogram: Histogram, bucket: number, times: number): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + times);
}

/** Null if nothing was timed. */
export function percentilesOf(histogram: Histogram): Percentiles | null {
  const buckets = [...histogram].sort(([a], [b]) => a - b);
  const count = buckets.reduce((total, [, times]) => total + times, 0);
  if (count === 0) return null;
  const at = (share: number): number => {
    let left = Math.ceil(count * share);
    for (const [bucket, times] of buckets) {
      left -= times;
      if (left <= 0) return BASE ** (bucket + 0.5);
    }
    return BASE ** ((buckets.at(-1)?.[0] ?? 0) + 0.5);
  };
  return { count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
