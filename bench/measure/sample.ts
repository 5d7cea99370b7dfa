import type { CpuTime } from '../cpu.ts';

/** What a run of operations took, seen by the clients. */
export interface Sample {
  readonly operations: number;
  readonly seconds: number;
  /** Milliseconds of each operation. */
  readonly latencies: readonly number[];
}

/** One round of one operation on one server, with what it cost there. */
export interface Round extends Sample {
  readonly statements: number | undefined;
  readonly cpu: CpuTime | undefined;
}

export interface RoundLimits {
  readonly seconds: number;
  /** Operations at most. */
  readonly most: number;
}
