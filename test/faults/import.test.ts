import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db, url } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-cut-off-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 30_000;
/** One row in so many is refused. */
const BAD = 997;

const file = join(folder, 'accounts.jsonl');
writeFileSync(
  file,
  Array.from({ length: ROWS }, (_, n) =>
    JSON.stringify({ externalId: `u-${n}`, login: n % BAD === 0 ? 'two words' : `user-${n}` }),
  ).join('\n'),
);

function start() {
  const env = { PATH: process.env.PATH, DATABASE_URL: url, DATA_DIR: folder, DEMO: 'false' };
  const args = ['src/cli/main.ts', 'accounts', 'import', file, '--platform', 'cut', '--json'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  return { child, ended: once(child, 'close').then(() => said) };
}

async function reached(): Promise<number> {
  const [row] = await db.query<{ line: number }>(
    sql`select coalesce(max(line), 0)::int as line from account_imports`,
  );
  return row?.line ?? 0;
}

test('an import that is killed goes on where it was, and does nothing twice [R47]', async () => {
  for (const line of [4_000, 15_000]) {
    const { child, ended } = start();
    while ((await reached()) < line) await wait(5);
    child.kill('SIGKILL');
    expect(await ended).toBe('');
    expect(await reached()).toBeLessThan(ROWS);
  }
  const refused = Math.ceil(ROWS / BAD);
  expect(JSON.parse(await start().ended)).toStrictEqual({
    created: ROWS - refused,
    changed: 0,
    unchanged: 0,
    rejected: refused,
  });
  const [count] = await db.query(sql`
    select (select count(*)::int from accounts where platform = 'cut') as accounts,
           (select count(*)::int from audit_log where action = 'account.created') as audits`);
  expect(count).toStrictEqual({ accounts: ROWS - refused, audits: ROWS - refused });
  const lines = readFileSync(`${file}.rejects.jsonl`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).line);
  expect(lines).toStrictEqual(Array.from({ length: refused }, (_, n) => n * BAD + 1));
});
