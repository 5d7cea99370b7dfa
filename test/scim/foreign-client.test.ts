import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { tokenOf } from '../fixtures/scim.ts';
import { App } from '../support/apps.ts';
import { startServer } from '../support/server.ts';

/** Installed once, and kept with other data of development. */
const HOME = resolve('.data/scim-tester-0.5.2');
const PYTHON = `${HOME}/bin/python`;
const PACKAGES = ['scim2-tester==0.5.2', 'scim2-client[httpx2]==0.13.2'];

const { issuer } = await startServer();

async function run(program: string, args: readonly string[]): Promise<string> {
  return await new Promise((done, fail) => {
    execFile(program, args, { timeout: 240_000 }, (error, out, err) =>
      error ? fail(new Error(`${error.message}\n${err}`)) : done(out),
    );
  });
}

/** Undefined when it can be used; else why not. */
async function install(): Promise<string | undefined> {
  if (existsSync(`${HOME}/ready`)) return undefined;
  try {
    await rm(HOME, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', HOME]);
    await run(PYTHON, ['-m', 'pip', 'install', '--quiet', ...PACKAGES]);
    await run('touch', [`${HOME}/ready`]);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Both want to remove what is always there. RFC 7644 §3.5.2.2 answers that with `mutability`. */
const STAYS = /^Failed to remove attribute '(externalId|urn:bindery:[^']+:User)': This attribute/;

const missing = await install();

if (missing === undefined) test('a foreign client finds nothing wrong [R47]', tryIt, 300_000);
else {
  // On the console whatever the reporter prints, and not under that name: it did not run.
  process.stderr.write('\nNOT RUN: scim2-tester is not there, so no foreign client tried SCIM.\n');
  test('NOT RUN: scim2-tester cannot be installed here', () =>
    expect(missing).toMatch(/python3|pip|venv|ENOENT/));
}

async function tryIt(): Promise<void> {
  const token = await tokenOf(new App(issuer, 'demo-platform', 'demo-platform-secret'));
  const out = await run(PYTHON, ['test/scim/foreign-client.py', `${issuer}/scim/v2`, token]);
  const results = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [status: string, check: string, reason: string]);
  const complaints = results.filter(([status]) => status !== 'SUCCESS');
  expect(complaints.filter(([, , reason]) => !STAYS.test(reason))).toStrictEqual([]);
  expect([results.length > 40, complaints.length]).toStrictEqual([true, 2]);
}
