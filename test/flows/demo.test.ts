import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startServer } from '../support/server.ts';

const server = await startServer();

interface Run {
  readonly code: number;
  readonly output: string;
  readonly checks: readonly { readonly id: string; readonly says: string; readonly ok: boolean }[];
}

describe('the demo', () => {
  test('shows R1, R2, R6, R7 and R10 to a real client, twice in a row', async () => {
    for (const turn of ['first', 'second']) {
      const { code, output, checks } = await demo('--issuer', server.issuer);
      assert.equal(code, 0, `${turn} run:\n${output}`);
      assert.ok(
        checks.every(({ ok }) => ok),
        turn,
      );
      for (const id of ['R1', 'R2', 'R6', 'R7', 'R10'])
        assert.ok(
          checks.some((check) => check.id === id),
          `${id} is shown`,
        );
    }
  });

  test('prints no secret: no password, no whole code, no whole token', async () => {
    const { output } = await demo('--issuer', server.issuer);
    assert.doesNotMatch(output, /Bindery-demo-2026|demo-web-secret/);
    assert.doesNotMatch(output, /\d{4} \d{4} \d{4} \d{4}/); // R7
    assert.doesNotMatch(output, /eyJ[\w-]{20,}/);
  });

  test('fails when a check of R7 is broken on purpose, and still writes the file', async () => {
    const { code, checks } = await demo('--issuer', server.issuer, '--break', 'R7');
    assert.equal(code, 1);
    assert.deepEqual(
      checks.filter(({ ok }) => !ok).map(({ id }) => id),
      ['R7'],
    );
  });

  test('fails in words where no server answers', async () => {
    const { code, output, checks } = await demo('--issuer', 'http://localhost:9');
    assert.equal(code, 1);
    assert.match(output, /npm start/);
    assert.equal(checks.length, 1);
  });

  test('refuses a command line it does not understand', async () => {
    const { code, output } = await demo('--break', 'R99');
    assert.equal(code, 2);
    assert.match(output, /--break R99: the demo shows R1,/);
  });
});

async function demo(...args: readonly string[]): Promise<Run> {
  const json = join(tmpdir(), `bindery-demo-${process.pid}.json`);
  const argv = ['examples/demo/main.ts', '--json', json, ...args];
  const { code, output } = await new Promise<Omit<Run, 'checks'>>((resolve) => {
    execFile(process.execPath, argv, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: stdout + stderr });
    });
  });
  const written = await readFile(json, 'utf8').catch(() => '[]');
  await rm(json, { force: true });
  return { code, output, checks: JSON.parse(written) as Run['checks'] };
}
