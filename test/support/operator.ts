import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** The output of an operator's command, and whether it succeeded. */
export interface CommandResult {
  readonly ok: boolean;
  readonly said: string;
}

/** Runs operator's commands on a database. */
export function operatorOf(
  databaseUrl: string,
): (...args: readonly string[]) => Promise<CommandResult> {
  const folder = mkdtempSync(join(tmpdir(), 'bindery-operator-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: databaseUrl,
    DATA_DIR: folder,
    DEMO: 'false',
  };
  return async (...args) =>
    await new Promise((resolve) => {
      execFile(process.execPath, ['src/cli/main.ts', ...args], { env }, (error, stdout, stderr) => {
        resolve({ ok: error === null, said: `${stdout}${stderr}` });
      });
    });
}
