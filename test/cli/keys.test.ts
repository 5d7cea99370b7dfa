import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { formatKeyring, withNewKey } from '../../src/owners/keyring.ts';
import { openCustody } from '../../src/owners/open-custody.ts';
import { revealField } from '../../src/owners/reveal-field.ts';
import { makeDeps, makePerson, personNumber } from '../owners/people.ts';
import { freshDatabase } from '../support/database.ts';

const { db, url } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'keyring.json');
const LONG_AGO = new Date('2026-01-01T00:00:00Z');

/** The output of an operator's command, and whether it succeeded. */
async function keys(
  ...args: readonly string[]
): Promise<{ readonly ok: boolean; readonly said: string }> {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: url,
    SECRETS_KEYRING_FILE: path,
    DATA_DIR: folder,
    DEMO: 'false',
  };
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/main.ts', 'keys', ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ ok: error === null, said: `${stdout}${stderr}` });
      },
    );
  });
}

test('three commands rotate the key-encryption key while a server reads', async () => {
  writeFileSync(path, formatKeyring(withNewKey({ keys: [] }, LONG_AGO)));
  const running = { ...makeDeps(db), custody: openCustody({ kind: 'file', path }, LONG_AGO) };
  const owner = await makePerson(running, personNumber(1), '林晓');
  const former = await running.custody.currentKeyId();
  const read = async () =>
    await revealField(running, { owner, field: 'name', by: 'acc_1', purpose: 'review' });

  expect((await keys('status')).said).toMatch(new RegExp(`${former} .* 1 owners {2}current`));
  expect((await keys('add')).ok).toBe(true);
  expect(await running.custody.currentKeyId()).not.toBe(former);
  expect(await read()).toStrictEqual({ ok: true, value: '林晓' });

  expect((await keys('retire', former)).said).toMatch(
    /owners still need it; run keys rewrap first/,
  );
  expect((await keys('rewrap')).said).toMatch(/Wrapped 1 keys/);
  expect(await read()).toStrictEqual({ ok: true, value: '林晓' });

  const tooSoon = await keys('retire', former);
  expect([tooSoon.ok, /wait until an hour after the change/.test(tooSoon.said)]).toStrictEqual([
    false,
    true,
  ]);
});

test('a key that the keyring lost is reported, with the number of its owners', async () => {
  writeFileSync(path, formatKeyring(withNewKey({ keys: [] }, LONG_AGO)));
  const status = await keys('status');
  expect(status.ok).toBe(false);
  expect(status.said).toMatch(/MISSING from the keyring: 1 owners cannot be read/);
  const rewrapped = await keys('rewrap');
  expect([rewrapped.ok, /1 could not be opened/.test(rewrapped.said)]).toStrictEqual([false, true]);
});
