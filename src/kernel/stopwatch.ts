/**
 * How long parts of a work took, by name, in milliseconds. For records and figures: nothing is ever
 * decided by it.
 */
export class Stopwatch {
  readonly #laps: Record<string, number> = {};

  /** Does `work` and notes how long it took; what it gives and throws passes through. */
  time<T>(name: string, work: () => T): T {
    const from = performance.now();
    try {
      return work();
    } finally {
      this.#note(name, from);
    }
  }

  async timeAsync<T>(name: string, work: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      return await work();
    } finally {
      this.#note(name, from);
    }
  }

  get laps(): Readonly<Record<string, number>> {
    return { ...this.#laps };
  }

  #note(name: string, from: number): void {
    this.#laps[name] = Math.round((performance.now() - from) * 1000) / 1000;
  }
}
