/**
 * How often a time fell into a bucket. Bucket b holds 1.1^b to 1.1^(b+1) milliseconds. The tallies
 * in SQL are the histogram, because the board adds up any days and packs of two years. A histogram
 * of prom-client counts for one process since its start only.
 */
export interface Timed {
  readonly bucket: number;
  readonly n: number;
}

/** In milliseconds, each to within five of a hundred. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Null where nothing was timed. Rows may name a bucket more than once. */
export function percentilesOf(rows: readonly Timed[]): Percentiles | null {
  const sorted = rows.toSorted((a, b) => a.bucket - b.bucket);
  const count = sorted.reduce((total, { n }) => total + n, 0);
  if (count === 0) return null;
  const at = (share: number): number => {
    let left = Math.ceil(count * share);
    const found = sorted.find(({ n }) => {
      left -= n;
      return left <= 0;
    });
    return 1.1 ** ((found?.bucket ?? 0) + 0.5);
  };
  return { count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
