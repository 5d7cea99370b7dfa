import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { diagnose } from '../../src/cli/doctor.ts';

const folder = mkdtempSync(join(tmpdir(), 'bindery-packs-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const DOUYIN = JSON.parse(readFileSync('src/policy/packs/douyin.json', 'utf8')) as Record<string, unknown>;

/** What an operator's command says, and whether it found all good. */
async function packs(...args: readonly string[]): Promise<{ readonly ok: boolean; readonly said: string }> {
  return await new Promise((resolve) => {
    execFile(process.execPath, ['src/cli/main.ts', 'packs', ...args], (error, stdout, stderr) => {
      resolve({ ok: error === null, said: `${stdout}${stderr}` });
    });
  });
}

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
  assert.match(said, /first\.json: pack "first" version 1 is good\.\n.*second\.json: pack "second" version 7 is good\./);
});

test('R41 packs check tells every mistake of every file by its path, and fails', async () => {
  const bad = pack('bad', { limits: { personal: -3, enterprise: 1, special_industry: null, robots: 2 }, hooks: ['same-owner', 'weather'] });
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
  assert.deepEqual([ok, /nowhere\.json/.test(said), /ENOENT|no such file/.test(said)], [false, true, true]);
});

test('R41 packs schema prints the schema that docs/pack.schema.json holds', async () => {
  const { ok, said } = await packs('schema');
  assert.ok(ok);
  assert.equal(said, readFileSync('docs/pack.schema.json', 'utf8'));
});

test('R41 the doctor tells of packs of one’s own, good and bad', async () => {
  const own = mkdtempSync(join(folder, 'own-'));
  const finding = async () => (await diagnose({ PACKS_DIR: own, DATA_DIR: folder })).find(({ what }) => what.startsWith('policy packs'));
  writeFileSync(join(own, 'mine.json'), JSON.stringify({ ...DOUYIN, id: 'mine' }));
  assert.deepEqual(await finding(), { ok: true, what: 'policy packs: douyin, kuaishou, weibo, mine' });
  writeFileSync(join(own, 'mine.json'), JSON.stringify({ ...DOUYIN, id: 'mine', version: 0 }));
  assert.match((await finding())?.advice ?? '', /^mine\.json version: /);
});
