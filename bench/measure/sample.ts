import type { CpuTime } from '../cpu.ts';

/** Measurements of several operations, as the clients see them. */
export interface Sample {
  readonly operations: number;
  readonly seconds: number;
  /** Milliseconds of each operation. */
  readonly latencies: readonly number[];
}

/** One round of one operation on one server, with the server's cost. */
export interface Round extends Sample {
  readonly statements: number | undefined;
  readonly cpu: CpuTime | undefined;
}

export interface RoundLimits {
  readonly seconds: number;
  /** The greatest number of operations. */
  readonly most: number;
}
