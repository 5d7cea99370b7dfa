import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { makePerson } from '../risk/world.ts';
import { freshDatabase } from '../support/database.ts';

const { db, url } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-payments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function importOf(
  lines: readonly unknown[],
): Promise<{ readonly ok: boolean; readonly said: string }> {
  const file = join(folder, 'payments.jsonl');
  writeFileSync(
    file,
    lines.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).join('\n'),
  );
  const env = { PATH: process.env.PATH, DATABASE_URL: url, DATA_DIR: folder, DEMO: 'false' };
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/main.ts', 'payments', 'import', file],
      { env },
      (error, stdout, stderr) => {
        resolve({ ok: error === null, said: `${stdout}${stderr}` });
      },
    );
  });
}

const BANK = '6222021234567890123';

test('payments import stores edges by keyed hash and skips unknown accounts [R21]', async () => {
  const { primary } = await makePerson(db);
  const payment = {
    account: primary,
    direction: 'out',
    party: BANK,
    cents: 1_250,
    at: new Date().toISOString(),
  };
  const { ok, said } = await importOf([
    payment,
    { ...payment, cents: 750 },
    { ...payment, account: `acc_${'x'.repeat(22)}` },
  ]);
  expect([said, ok]).toStrictEqual([said, true]);
  expect(said).toMatch(/Noted 2 of 3 payments/);
  const rows = await db.query<{ cents: number; times: number; row: string }>(
    sql`select cents, times, payments::text as row from payments`,
  );
  expect(rows.map(({ cents, times }) => [cents, times])).toStrictEqual([[2_000, 2]]);
  expect(rows[0]?.row.includes(BANK)).toBeFalsy();
  expect(rows[0]?.row.includes(Buffer.from(BANK).toString('hex'))).toBeFalsy();
});

test('mistakes are reported by line, without bank accounts, and nothing is stored', async () => {
  await db.query(sql`delete from payments`);
  const { primary } = await makePerson(db);
  const payment = {
    account: primary,
    direction: 'out',
    party: BANK,
    cents: 1,
    at: new Date().toISOString(),
  };
  const { ok, said } = await importOf([
    payment,
    { ...payment, cents: -5 },
    'no JSON',
    { ...payment, direction: 'sideways', bank: BANK },
  ]);
  expect(ok).toBe(false);
  for (const where of [':2: cents', ':3: ', ':4: direction']) expect(said).toContain(where);
  expect(said).not.toContain(BANK);
  expect(await db.query(sql`select 1 from payments`)).toStrictEqual([]);
});
