import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { diagnose } from '../../src/cli/doctor.ts';
import { PackRegistry } from '../../src/policy/pack-registry.ts';
import { loadPackFiles } from '../../src/policy/registry.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';
import { freshDatabase } from '../support/database.ts';

const folder = mkdtempSync(join(tmpdir(), 'bindery-packs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DOUYIN: Record<string, unknown> = {
  ...JSON.parse(readFileSync('src/policy/packs/douyin.json', 'utf8')),
  version: 1,
};

/** The output of an operator's command, and whether it succeeded. */
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

test('packs check accepts several good packs at once [R41]', async () => {
  const { ok, said } = await packs('check', pack('first'), pack('second', { version: 7 }));
  expect([said, ok]).toStrictEqual([said, true]);
  expect(said).toMatch(
    /first\.json: pack "first" version 1 is good\.\n.*second\.json: pack "second" version 7 is good\./,
  );
});

test('packs check reports each mistake of each file by path, and fails [R41]', async () => {
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
  expect(ok).toBe(false);
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
  expect([said, lines.length]).toStrictEqual([said, EXPECTED.length]);
  for (const expected of EXPECTED)
    expect([`${expected} in ${said}`, lines.some((line) => expected.test(line))]).toStrictEqual([
      `${expected} in ${said}`,
      true,
    ]);
});

test('a missing file gives a readable error [R41]', async () => {
  const { ok, said } = await packs('check', join(folder, 'nowhere.json'));
  expect([ok, /nowhere\.json/.test(said), /ENOENT|no such file/.test(said)]).toStrictEqual([
    false,
    true,
    true,
  ]);
});

test('packs schema prints docs/pack.schema.json [R41]', async () => {
  const { ok, said } = await packs('schema');
  expect(ok).toBe(true);
  expect(said).toBe(readFileSync('docs/pack.schema.json', 'utf8'));
});

test('the doctor reports an operator’s own packs, good and bad [R41]', async () => {
  const own = mkdtempSync(join(folder, 'own-'));
  const finding = async () =>
    (await diagnose({ PACKS_DIR: own, DATA_DIR: folder })).find(({ what }) =>
      what.startsWith('policy packs'),
    );
  writeFileSync(join(own, 'mine.json'), JSON.stringify({ ...DOUYIN, id: 'mine' }));
  expect(await finding()).toStrictEqual({
    ok: true,
    what: 'policy packs: douyin, kuaishou, weibo, mine',
  });
  writeFileSync(join(own, 'mine.json'), JSON.stringify({ ...DOUYIN, id: 'mine', version: 0 }));
  expect((await finding())?.advice ?? '').toMatch(/^mine\.json version: /);
});

test('packs try replays decisions and shows changes; packs shadow compares [R41]', async () => {
  const { db, url } = await freshDatabase();
  const fixture = await makeBindingFixture({ database: db });
  const [primary, sub] = await fixture.pair();
  await fixture.attempt(primary, sub);
  const env = { DATABASE_URL: url, DATA_DIR: folder, DEMO: 'false' };
  const closed = pack('closed', { limits: { personal: 0, enterprise: 0, special_industry: 0 } });
  const tried = await packsWith(env, 'try', closed, '--of', 'douyin', '--since', '7d');
  expect([tried.said, tried.ok]).toStrictEqual([tried.said, true]);
  expect(tried.said).toMatch(
    /^1 decisions of the last 7 days under "douyin", replayed under "closed" version 1:$/m,
  );
  expect(tried.said).toMatch(/^ +0 {2}as it was$/m);
  expect(tried.said).toMatch(/^ +1 {2}allow → deny limit_reached {2}\(dec_[\w-]{22}\)$/m);
  const own = await packsWith(env, 'try', closed);
  expect(own.said).toMatch(/^0 decisions .* under "closed"/m);
  expect((await packsWith(env, 'shadow')).said).toMatch(
    /No hook ran in shadow in the last 30 days/,
  );
  const mistyped = await packsWith(env, 'try', closed, '--since', 'yesterday');
  expect([mistyped.ok, /give days, as in 30d/.test(mistyped.said)]).toStrictEqual([false, true]);
  expect((await packsWith(env, 'try', pack('wrong', { version: 0 }))).said).toMatch(
    /packs check .*wrong\.json tells them/,
  );
});

test('the doctor reports a version that differs from the recorded one [R41]', async () => {
  const { db, url } = await freshDatabase();
  const own = mkdtempSync(join(folder, 'recorded-'));
  const say = (changes: object) =>
    writeFileSync(join(own, 'mine.json'), JSON.stringify({ ...DOUYIN, id: 'mine', ...changes }));
  const finding = async () =>
    (await diagnose({ PACKS_DIR: own, DATA_DIR: folder, DATABASE_URL: url })).find(({ what }) =>
      /recorded/.test(what),
    );
  say({});
  expect(await finding()).toStrictEqual({
    ok: true,
    what: 'policy packs say what was recorded of their versions',
  });
  await PackRegistry.open(db, await loadPackFiles(own));
  expect((await finding())?.ok).toBe(true);
  say({ tokenLifetimeSeconds: 5 });
  expect((await finding())?.advice ?? '').toMatch(
    /^mine\.json version: version 1 was recorded .* \(tokenLifetimeSeconds\); .* Raise the version/,
  );
  say({ tokenLifetimeSeconds: 5, version: 2 });
  expect((await finding())?.ok).toBe(true);
});
