import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

declare global {
  /** For global-teardown.ts. */
  var testPostgres: ChildProcess | undefined;
}

/** Starts one PostgreSQL for the whole run, with a migrated template that test files clone. */
export default async function startPostgres(): Promise<void> {
  if (globalThis.testPostgres) return; // watch mode: the one of the run before
  // A process group of its own: Ctrl-C does not reach it, the closed pipe does.
  const child = spawn(process.execPath, [join(import.meta.dirname, 'postgres.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  globalThis.testPostgres = child;
  const address = once(createInterface(child.stdout), 'line') as Promise<[string]>;
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the PostgreSQL of the tests ended with ${code} before it was ready`);
  });
  [process.env.BINDERY_TEST_POSTGRES] = await Promise.race([address, ended]);
  ended.catch(() => {}); // it is ended on purpose
}
