import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { raiseGrade } from '../../src/binding/grade-binding.ts';
import { openPacks } from '../../src/binding/request-pack.ts';
import type { Pack } from '../../src/policy/pack.ts';
import { sql } from '../../src/store/sql.ts';
import { filesOf, firstVersions, makeBindingFixture } from '../fixtures/bindings.ts';
import { freshDatabase } from '../support/database.ts';
import { offerAs } from '../support/people.ts';

const folder = mkdtempSync(join(tmpdir(), 'bindery-moves-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { db, url } = await freshDatabase();
const env = { DATABASE_URL: url, DATA_DIR: folder, DEMO: 'false' };

async function packs(
  ...args: readonly string[]
): Promise<{ readonly ok: boolean; readonly said: string }> {
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/main.ts', 'packs', ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (error, stdout, stderr) => resolve({ ok: error === null, said: `${stdout}${stderr}` }),
    );
  });
}

const shipped = await firstVersions();
const [douyin, kuaishou] = ['douyin', 'kuaishou'].map((id) => shipped.get(id)) as [Pack, Pack];
const fixture = await makeBindingFixture({ database: db, packs: shipped });

async function bound(pack: string) {
  const [primary, sub] = await fixture.pair();
  const { bindingId } = await fixture.attempt(primary, sub, { pack });
  assert.ok(bindingId);
  return { primary, sub, bindingId };
}

/** Records a version as a start with its file does. */
async function recorded(...next: readonly Pack[]): Promise<void> {
  await openPacks(db, filesOf(new Map(next.map((pack) => [pack.id, pack]))));
}

const versions = async (pack: string) =>
  (
    await db.query<{ version: number }>(
      sql`select pack_version as version from bindings where pack = ${pack} order by 1`,
    )
  ).map(({ version }) => version);

test('packs list counts versions in use; packs move previews and does a move [R41]', async () => {
  const [one] = [await bound('douyin'), await bound('douyin')];
  const [initiator] = await fixture.pair();
  await offerAs(fixture.deps, initiator);
  await recorded({
    ...douyin,
    version: 2,
    tokenLifetimeSeconds: 600,
    limits: { personal: 1, enterprise: 1, special_industry: 1 },
    permissions: {
      ...douyin.permissions,
      basic: [{ name: 'comment' }, { name: 'live_commerce' }],
      advanced: [{ name: 'repost' }],
    },
  });
  const listed = await packs('list');
  expect(listed.said).toMatch(
    /^douyin version 1, recorded \d{4}\S+Z: 2 bindings, 1 open requests$/m,
  );
  expect(listed.said).toMatch(/^douyin version 2, recorded \S+: 0 bindings, 0 open requests$/m);
  expect(listed.said).toMatch(/^weibo version 1, recorded \S+: 0 bindings/m);

  const tried = await packs('move', 'douyin', '--to', '2', '--dry-run');
  expect([tried.said, tried.ok]).toStrictEqual([tried.said, true]);
  // biome-ignore format: a table is read by its columns
  for (const expected of [
    /^From version 1 to version 2 of "douyin":$/m,
    /^ {2}2 bindings: gain live_commerce, lose repost$/m,
    /^ {2}tokenLifetimeSeconds: 3600 → 600$/m,
    /^ {2}limits\.personal: 3 → 1 \(for bindings yet to be made\)$/m,
    /^This was a dry run: nothing was changed\.$/m,
  ]) expect(tried.said).toMatch(expected);
  expect(await versions('douyin')).toStrictEqual([1, 1]);

  const alone = await packs('move', 'douyin', '--to', '2', '--binding', one.bindingId);
  expect(alone.said).toMatch(/^Moved 1 bindings to version 2\.$/m);
  expect(await versions('douyin')).toStrictEqual([1, 2]);
  const rest = await packs('move', 'douyin', '--to', '2');
  expect(rest.said).toMatch(/^ {2}1 bindings: gain[\s\S]*^Moved 1 bindings to version 2\.$/m);
  const again = await packs('move', 'douyin', '--to', '2');
  expect(again.ok).toBe(true);
  expect(again.said).toMatch(/^There is nothing to move to version 2 of "douyin"\.$/m);
  const [written] = await db.query<{ count: number }>(
    sql`select count(*)::int as count from audit_log where action = 'binding.pack_moved'`,
  );
  expect(written?.count).toBe(2);
});

test('packs move goes to an older version only when the newer one is named', async () => {
  const [row] = await db.query<{ id: string }>(
    sql`select id from bindings where pack = 'douyin' limit 1`,
  );
  const binding = row?.id ?? '';
  const back = await packs('move', 'douyin', '--to', '1');
  expect(back.said).toMatch(
    /^Left as they are: 2 bindings under version 2, which is newer; --from 2 moves them back\.$/m,
  );
  const alone = await packs('move', 'douyin', '--to', '1', '--binding', binding);
  expect([
    alone.ok,
    /goes by version 2, which is newer; --from 2 moves it back/.test(alone.said),
  ]).toStrictEqual([false, true]);
  expect(await versions('douyin')).toStrictEqual([2, 2]);
  const meant = await packs('move', 'douyin', '--to', '1', '--from', '2');
  expect(meant.said).toMatch(/^Moved 2 bindings to version 1\.$/m);
  expect(await versions('douyin')).toStrictEqual([1, 1]);
});

test('packs move skips and reports bindings whose grade is missing, and fails [R40]', async () => {
  const [high] = [await bound('kuaishou'), await bound('kuaishou')];
  await raiseGrade(fixture.deps, { bindingId: high.bindingId, by: high.primary, to: 3 });
  await recorded({ ...kuaishou, version: 2, grades: kuaishou.grades?.slice(0, 2) ?? null });
  const tried = await packs('move', 'kuaishou', '--to', '2', '--dry-run');
  expect(tried.said).toMatch(/^ {2}1 bindings at grade 1: the same permissions$/m);
  expect(tried.said).toMatch(/^ {2}1 bindings at grade 3 stay: version 2 has 2 grades$/m);
  const { ok, said } = await packs('move', 'kuaishou', '--to', '2');
  expect(ok).toBe(false);
  expect(said).toMatch(
    new RegExp(`^ {2}${high.bindingId} stays: its grade does not exist there \\(BIND-3BJ\\)$`, 'm'),
  );
  expect(said).toMatch(/^Moved 1 bindings to version 2; 1 could not go along\.$/m);
  expect(await versions('kuaishou')).toStrictEqual([1, 2]);
});

test('mistyped arguments give a readable error, and nothing moves', async () => {
  const { bindingId } = await bound('weibo');
  // biome-ignore format: a table is read by its columns
  const MISTAKES: readonly (readonly [readonly string[], RegExp])[] = [
    [['nowhere', '--to', '1'],                             /No version of a pack "nowhere" was ever in force here/],
    [['weibo', '--to', '9'],                               /Version 9 of "weibo" was never in force here; there are 1\./],
    [['weibo', '--to', '1', '--from', '4'],                /Version 4 of "weibo" was never in force here/],
    [['weibo', '--to', 'newest'],                          /give the number of a version/],
    [['weibo'],                                            /required option '--to <version>'/],
    [['douyin', '--to', '1', '--binding', bindingId],      /There is no binding bnd_\S+ under "douyin"\./],
    [['douyin', '--to', '2', '--binding', 'bnd_nowhere'],  /There is no binding bnd_nowhere under "douyin"\./],
  ];
  for (const [args, expected] of MISTAKES) {
    const { ok, said } = await packs('move', ...args);
    expect([said, ok]).toStrictEqual([said, false]);
    expect(said).toMatch(expected);
  }
  const there = await packs('move', 'weibo', '--to', '1', '--binding', bindingId);
  expect([there.ok, /goes by version 1 already/.test(there.said)]).toStrictEqual([true, true]);
});
