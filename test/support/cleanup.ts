import { afterAll } from '@jest/globals';

type Cleanup = () => unknown;

let started = false;
let ofTest: Cleanup[] | undefined;
const ofFile: Cleanup[] = [];

/**
 * Runs `cleanup` at the end of the running test, or of the file if no test runs.
 * Cleanups run in their order. Jest accepts no hook during a test, so this list replaces it.
 */
export function atEnd(cleanup: Cleanup): void {
  if (ofTest) ofTest.push(cleanup);
  else if (started) ofFile.push(cleanup);
  else afterAll(async () => void (await cleanup()));
}

/** For setup.ts: a file's tests begin, a test begins, a test ends, a file's tests end. */
export const phases = {
  beginFile(): void {
    started = true;
  },
  beginTest(): void {
    ofTest = [];
  },
  async endTest(): Promise<void> {
    const cleanups = ofTest ?? [];
    ofTest = undefined;
    for (const cleanup of cleanups) await cleanup();
  },
  async endFile(): Promise<void> {
    for (const cleanup of ofFile.splice(0)) await cleanup();
  },
};
