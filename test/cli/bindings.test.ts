import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { operatorOf } from '../support/operator.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

const { db, url } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-bindings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cli = operatorOf(url);

test('bindings are tried, imported, exported and undone by commands [R50]', async () => {
  const owner = await makeOwner(db);
  const [primary, sub] = [await makeAccount(db, owner), await makeAccount(db, owner)];
  const stranger = await makeAccount(db, await makeOwner(db));
  await db.query(sql`update accounts set platform = 'our-app', external_id = id`);
  const row = { primary, sub, pack: 'douyin', since: '2024-05-01T08:00:00Z', origin: 'old' };
  const file = join(folder, 'bindings.jsonl');
  writeFileSync(
    file,
    [row, { ...row, sub: stranger }, '{'].map((r) => JSON.stringify(r)).join('\n'),
  );
  const at = ['--platform', 'our-app'];

  const tried = await cli('bindings', 'import', file, ...at, '--dry-run', '--json');
  const counts = { bound: 1, over_limit: 0, unchanged: 0, refused: 2 };
  expect(JSON.parse(tried.said)).toStrictEqual({ ...counts, dryRun: true });
  expect((await cli('bindings', 'import', file, ...at)).said).toMatch(
    /^Bound 1, and 0 more that are over a limit\.\nBound here already: 0\.\nRefused 2 rows; /,
  );
  const rejects = readFileSync(`${file}.rejects.jsonl`, 'utf8').trim().split('\n');
  expect(rejects.map((text) => JSON.parse(text)).map(({ line, reason }) => [line, reason])).toEqual(
    [
      [2, 'different_owner'],
      [3, 'unreadable_row'],
    ],
  );
  const exported = join(folder, 'exported.jsonl');
  expect((await cli('bindings', 'export', exported, ...at)).said).toBe('Wrote 1 bindings.\n');
  const again = await cli('bindings', 'import', exported, ...at, '--json');
  expect(JSON.parse(again.said)).toMatchObject({ unchanged: 1, refused: 0 });
  expect((await cli('bindings', 'undo', 'old', ...at, '--dry-run')).said).toBe(
    'Would end 1 bindings from old.\n',
  );
  expect((await cli('bindings', 'undo', 'old', ...at)).said).toBe('Ended 1 bindings from old.\n');
});
