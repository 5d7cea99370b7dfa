import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { diagnose } from '../../src/cli/doctor.ts';
import { PackRegistry } from '../../src/policy/pack-registry.ts';
import { loadPackFiles } from '../../src/policy/registry.ts';
import { makeStand } from '../binding/stand.ts';
import { freshDatabase } from '../support/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'bindery-packs-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const DOUYIN: Record<string, unknown> = {
  ...JSON.parse(readFileSync('src/policy/packs/douyin.json', 'utf8')),
  version: 1,
};

/** What an operator's command says, and whether it found all good. */
async function packsWith(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<{ readonly ok: boolean; readonly said: string }> {
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/main.ts', 'packs', ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (error, stdout, stderr) => {
        resolve({ ok: error === null, said: `${stdout}${stderr}` });
      },
    );
  });
}

const packs = async (...args: readonly string[]) => await packsWith({}, ...args);

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const pack = (name: string, changes: Record<string, unknown> = {}) =>
  write(`${name}.json`, JSON.stringify({ ...DOUYIN, id: name, ...changes }));

test('R41 packs check says that good packs are good, several at once', async () => {
  const { ok, said } = await packs('check', pack('first'), pack('second', { version: 7 }));
  assert.ok(ok, said);
  assert.match(
    said,
    /first\.json: pack "first" version 1 is good\.\n.*second\.json: pack "second" version 7 is good\./,
  );
});

test('R41 packs check tells every mistake of every file by its path, and fails', async () => {
  const bad = pack('bad', {
    limits: { personal: -3, enterprise: 1, special_industry: null, robots: 2 },
    hooks: ['same-owner', 'weather'],
  });
  const { ok, said } = await packs(
    'check',
    pack('fine'),
    bad,
    write('torn.json', '{ "id": "torn",'),
    write('other.json', JSON.stringify(DOUYIN)),
  );
  assert.equal(ok, false);
  const lines = said.trim().split('\n');
  // biome-ignore format: a table is read by its columns
  const EXPECTED = [
    /fine\.json: pack "fine" version 1 is good/,
    /bad\.json: limits\.personal: .*>=0/,
    /bad\.json: limits\.robots: unknown member/,
    /bad\.json: hooks\.1: unknown hook "weather"; there are .*device/,
    /bad\.json: hooks: "account-status" may not be left out/,
    /bad\.json: hooks: "graph" may not be left out/,
    /torn\.json: is not JSON/,
    /other\.json: id: must be the file name without \.json/,
  ];
  assert.equal(lines.length, EXPECTED.length, said);
  for (const expected of EXPECTED)
    assert.ok(
      lines.some((line) => expected.test(line)),
      `${expected} in ${said}`,
    );
});

test('R41 a file that is not there is told in words', async () => {
  const { ok, said } = await packs('check', join(folder, 'nowhere.json'));
  assert.deepEqual(
    [ok, /nowhere\.json/.test(said), /ENOENT|no such file/.test(said)],
    [false, true, true],
  );
});

test('R41 packs schema prints the schema that docs/pack.schema.json holds', async () => {
  const { ok, said } = await packs('schema');
  assert.ok(ok);
  assert.equal(said, readFileSync('docs/pack.schema.json', 'utf8'));
});

test('R41 the doctor tells of packs of one’s own, good and bad', async () => {
  const own = mkdtempSync(join(folder, 'own-'));
  const finding = async () =>
    (await diagnose({ PACKS_DIR: own, DATA_DIR: folder })).find(({ what }) =>
      what.startsWith('policy packs'),
    );
  writeFileSync(join(own, 'mine.json'), JSON.stringify({ ...DOUYIN, id: 'mine' }));
  assert.deepEqual(await finding(), {
    ok: true,
    what: 'policy packs: douyin, kuaishou, weibo, mine',
  });
  writeFileSync(join(own, 'mine.json'), JSON.stringify({ ...DOUYIN, id: 'mine', version: 0 }));
  assert.match((await finding())?.advice ?? '', /^mine\.json version: /);
});

test('R41 packs try replays what was decided and prints what would change; packs shadow compares', async () => {
  const { db, url } = await freshDatabase();
  const stand = await makeStand({ database: db });
  const [primary, sub] = await stand.pair();
  await stand.attempt(primary, sub);
  const env = { DATABASE_URL: url, DATA_DIR: folder, DEMO: 'false' };
  const closed = pack('closed', { limits: { personal: 0, enterprise: 0, special_industry: 0 } });
  const tried = await packsWith(env, 'try', closed, '--of', 'douyin', '--since', '7d');
  assert.ok(tried.ok, tried.said);
  assert.match(
    tried.said,
    /^1 decisions of the last 7 days under "douyin", replayed under "closed" version 1:$/m,
  );
  assert.match(tried.said, /^ +0 {2}as it was$/m);
  assert.match(tried.said, /^ +1 {2}allow → deny limit_reached {2}\(dec_[\w-]{22}\)$/m);
  const own = await packsWith(env, 'try', closed);
  assert.match(own.said, /^0 decisions .* under "closed"/m);
  assert.match((await packsWith(env, 'shadow')).said, /No hook ran in shadow in the last 30 days/);
  const mistyped = await packsWith(env, 'try', closed, '--since', 'yesterday');
  assert.deepEqual([mistyped.ok, /give days, as in 30d/.test(mistyped.said)], [false, true]);
  assert.match(
    (await packsWith(env, 'try', pack('wrong', { version: 0 }))).said,
    /packs check .*wrong\.json tells them/,
  );
});

test('R41 the doctor tells of a version that says something else than was recorded, before a start refuses it', async () => {
  const { db, url } = await freshDatabase();
  const own = mkdtempSync(join(folder, 'recorded-'));
  const say = (changes: object) =>
    writeFileSync(join(own, 'mine.json'), JSON.stringify({ ...DOUYIN, id: 'mine', ...changes }));
  const finding = async () =>
    (await diagnose({ PACKS_DIR: own, DATA_DIR: folder, DATABASE_URL: url })).find(({ what }) =>
      /recorded/.test(what),
    );
  say({});
  assert.deepEqual(await finding(), {
    ok: true,
    what: 'policy packs say what was recorded of their versions',
  });
  await PackRegistry.open(db, await loadPackFiles(own));
  assert.equal((await finding())?.ok, true);
  say({ tokenLifetimeSeconds: 5 });
  assert.match(
    (await finding())?.advice ?? '',
    /^mine\.json version: version 1 was recorded .* \(tokenLifetimeSeconds\); .* Raise the version/,
  );
  say({ tokenLifetimeSeconds: 5, version: 2 });
  assert.equal((await finding())?.ok, true);
});
