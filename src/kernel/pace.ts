import { setTimeout as wait } from 'node:timers/promises';

/** Lets an answer leave at whole steps since it was asked for, so that its time tells less. */
export class Pace {
  readonly #from = performance.now();

  /** Waits for the next multiple of `milliseconds` since this was made. */
  async nextStep(milliseconds: number): Promise<void> {
    const passed = performance.now() - this.#from;
    await wait(milliseconds * Math.ceil(passed / milliseconds) - passed);
  }
}
