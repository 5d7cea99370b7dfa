/**
 * Measures how long parts of some work took, by name, in milliseconds. For records only; no
 * decision depends on it.
 */
export class Stopwatch {
  readonly #laps: Record<string, number> = {};

  /** Runs `work` and notes how long it took. Its result or error is passed on. */
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
