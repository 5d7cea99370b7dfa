import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { workingDaysAfter } from '../../examples/demo/calendar.ts';
import { DIGITS, groupsOf } from '../../src/binding/code.ts';
import { dueAfter } from '../../src/review/deadline.ts';
import { makeChild } from '../support/child.ts';
import { freshDatabase } from '../support/database.ts';

/** A server with its jobs: they submit evidence to the provider, and a composed server has none. */
const folder = await mkdtemp(join(tmpdir(), 'bindery-demo-'));
const server = await makeChild();
await server.start({
  DATABASE_URL: (await freshDatabase()).url,
  DATA_DIR: folder,
  LOG_LEVEL: 'warn',
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly output: string;
  readonly checks: readonly { readonly id: string; readonly says: string; readonly ok: boolean }[];
}

describe('the demo', () => {
  test('the demo counts working days as the server does, over two years [R4]', () => {
    for (
      let day = new Date('2026-01-01T00:00:00Z');
      day < new Date('2028-01-01');
      day = new Date(day.getTime() + 86_400_000)
    ) {
      for (const count of [1, 7, 12, 13, 14]) {
        const from = day.toISOString().slice(0, 10);
        const due = `${workingDaysAfter(from, count)}T18:00:00+08:00`;
        expect([
          `${count} after ${from}`,
          dueAfter(new Date(`${from}T12:00:00+08:00`), count),
        ]).toStrictEqual([`${count} after ${from}`, new Date(due)]);
      }
    }
  });

  test('the demo shows its requirements to a real client, twice in a row', async () => {
    for (const turn of ['first', 'second']) {
      const { code, output, checks } = await demo('--issuer', server.issuer);
      expect([`${turn} run:\n${output}`, code]).toStrictEqual([`${turn} run:\n${output}`, 0]);
      expect([turn, checks.every(({ ok }) => ok)]).toStrictEqual([turn, true]);
      for (const id of [
        'R1',
        'R2',
        'R3',
        'R4',
        'R5',
        'R6',
        'R7',
        'R10',
        'R23',
        'R45',
        'R47',
        'R48',
      ])
        expect([`${id} is shown`, checks.some((check) => check.id === id)]).toStrictEqual([
          `${id} is shown`,
          true,
        ]);
    }
  });

  test('the demo prints no password, no whole code and no whole token', async () => {
    const { output } = await demo('--issuer', server.issuer);
    expect(output).not.toMatch(/Bindery-demo-2026|demo-web-secret/);
    const [first = 0, ...others] = groupsOf('0'.repeat(DIGITS)).map(({ length }) => length);
    const hidden = others.map((length) => '•'.repeat(length)).join(' ');
    expect(output).toMatch(new RegExp(`user_code[:=] ?\\d{${first}} ${hidden}`)); // R7
    expect(output).not.toMatch(new RegExp([first, ...others].map((n) => `\\d{${n}}`).join(' ')));
    expect(output).not.toMatch(/eyJ[\w-]{20,}/);
  });

  test('the demo fails at exactly the checks that are broken on purpose', async () => {
    const broken = ['R3', 'R4', 'R5', 'R7', 'R23'];
    const { code, checks } = await demo(
      '--issuer',
      server.issuer,
      ...broken.flatMap((id) => ['--break', id]),
    );
    expect(code).toBe(1);
    expect(checks.flatMap(({ ok, id }) => (ok ? [] : [id])).sort()).toStrictEqual(broken.sort());
  });

  test('the demo says so when no server answers', async () => {
    const { code, output, checks } = await demo('--issuer', 'http://localhost:9');
    expect(code).toBe(1);
    expect(output).toMatch(/npm start/);
    expect(checks.length).toBe(1);
  });

  test('the demo refuses an unknown option', async () => {
    const { code, output } = await demo('--break', 'R99');
    expect(code).toBe(2);
    expect(output).toMatch(/--break R99: the demo shows R1,/);
  });
});

async function demo(...args: readonly string[]): Promise<Run> {
  const json = join(tmpdir(), `bindery-demo-${process.pid}.json`);
  const argv = ['examples/demo/main.ts', '--json', json, ...args];
  const { code, output } = await new Promise<Omit<Run, 'checks'>>((resolve) => {
    execFile(process.execPath, argv, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({
        code: typeof error?.code === 'number' ? error.code : error ? -1 : 0,
        output: stdout + stderr,
      });
    });
  });
  const written = await readFile(json, 'utf8').catch(() => '[]');
  await rm(json, { force: true });
  return { code, output, checks: JSON.parse(written) as Run['checks'] };
}
