import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { PackRegistry, UnrecordedPackError } from '../../src/policy/pack-registry.ts';
import { findVersions } from '../../src/policy/pack-versions.store.ts';
import { InvalidPacksError, loadPackFiles, type PackFile } from '../../src/policy/registry.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-registry-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const DOUYIN = JSON.parse(readFileSync('src/policy/packs/douyin.json', 'utf8')) as Readonly<
  Record<string, unknown>
>;

/** The pack `id` as its file would say it; written as `layout` has it. */
async function fileOf(
  id: string,
  changes: Readonly<Record<string, unknown>> = {},
  layout = JSON.stringify,
): Promise<PackFile> {
  writeFileSync(join(folder, `${id}.json`), layout({ ...DOUYIN, id, version: 1, ...changes }));
  const file = (await loadPackFiles(folder)).find(({ pack }) => pack.id === id);
  rmSync(join(folder, `${id}.json`));
  assert.ok(file);
  return file;
}

const backwards = (pack: object) =>
  JSON.stringify(
    { $schema: 'elsewhere', ...Object.fromEntries(Object.entries(pack).reverse()) },
    null,
    4,
  );

describe('the versions of packs', () => {
  test('R41 what was read is recorded once, and stays readable when its file is gone', async () => {
    const first = await fileOf('kept', { tokenLifetimeSeconds: 12 });
    const [registry] = [await PackRegistry.open(db, [first]), await PackRegistry.open(db, [first])];
    assert.deepEqual(registry.current.get('kept'), first.pack);
    assert.equal((await findVersions(db)).filter(({ pack }) => pack === 'kept').length, 1);
    const later = await PackRegistry.open(db, []);
    assert.equal(later.find('kept'), undefined);
    assert.deepEqual(await later.get(db, 'kept', 1), first.pack);
  });

  test('R41 a version keeps what it said when the file goes on to the next', async () => {
    const opened = async (changes: object) =>
      await PackRegistry.open(db, [await fileOf('grown', { ...changes })]);
    await opened({ tokenLifetimeSeconds: 60 });
    const registry = await opened({ tokenLifetimeSeconds: 120, version: 2 });
    assert.equal(registry.find('grown')?.version, 2);
    assert.equal((await registry.get(db, 'grown', 1)).tokenLifetimeSeconds, 60);
    const back = await opened({ tokenLifetimeSeconds: 60 });
    assert.equal(back.find('grown')?.version, 1, 'a file may go back to a version as it was');
  });

  test('R41 another layout of a file is no other version', async () => {
    await PackRegistry.open(db, [await fileOf('laid')]);
    await PackRegistry.open(db, [await fileOf('laid', {}, backwards)]);
  });

  test('R41 the same version with other content stops the start, by file and version, and tells what differs', async () => {
    const limits = (personal: number) => ({ personal, enterprise: 10, special_industry: 5 });
    await PackRegistry.open(db, [await fileOf('slipped', { limits: limits(3) })]);
    const changed = [
      await fileOf('slipped', { limits: limits(30), tokenLifetimeSeconds: 1 }),
      await fileOf('innocent'),
    ];
    await assert.rejects(PackRegistry.open(db, changed), (error) => {
      assert.ok(error instanceof InvalidPacksError);
      assert.deepEqual(
        error.problems.map(({ path }) => path),
        ['slipped.json version'],
      );
      assert.match(
        error.message,
        /version 1 was recorded on \d{4}-\d\d-\d\d with other content \(.*limits\.personal.*\); bindings go by it\. Raise the version/,
      );
      return true;
    });
    assert.equal(
      (await (await PackRegistry.open(db, [])).get(db, 'slipped', 1)).limits.personal,
      3,
      'what was recorded stands',
    );
  });

  test('R41 of two processes that start at once with different contents of one version, one starts', async () => {
    const files: PackFile[] = [];
    for (const tokenLifetimeSeconds of [1, 2, 3, 4])
      files.push(await fileOf('raced', { tokenLifetimeSeconds }));
    const started = await Promise.allSettled(
      files.map(async (file) => await PackRegistry.open(db, [file])),
    );
    assert.deepEqual(started.map(({ status }) => status).sort(), [
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
  });

  test('R41 a version that another process recorded meanwhile is read when it is met, and once', async () => {
    const registry = await PackRegistry.open(db, [await fileOf('met')]);
    await PackRegistry.open(db, [await fileOf('met', { version: 2 })]);
    assert.equal((await registry.get(db, 'met', 2)).version, 2);
    const before = db.sent;
    await registry.get(db, 'met', 1);
    await registry.get(db, 'met', 2);
    assert.equal(db.sent, before);
    assert.equal(
      registry.find('met')?.version,
      1,
      'what begins here still begins under the file of this process',
    );
  });

  test('R41 a version that nobody recorded is told in words, and so is one that cannot be read', async () => {
    const registry = await PackRegistry.open(db, []);
    await assert.rejects(registry.get(db, 'kept', 9), UnrecordedPackError);
    await db.query(sql`
      insert into pack_versions (pack, version, content, fingerprint) values ('torn', 1, '{"id": "torn", "version": 1}', '\\x00')`);
    await assert.rejects(
      registry.get(db, 'torn', 1),
      /Version 1 of the policy pack "torn", as it was recorded, cannot be read: title: /,
    );
  });

  test('R22 R41 a version may name a hook that is gone: it is read all the same, and its decisions go to a person', async () => {
    await PackRegistry.open(db, [await fileOf('orphaned')]);
    await db.query(sql`
      update pack_versions set content = jsonb_set(content, '{hooks}', content -> 'hooks' || '["gone"]') where pack = 'orphaned'`);
    const { hooks } = await (await PackRegistry.open(db, [])).get(db, 'orphaned', 1);
    assert.equal(hooks.at(-1), 'gone');
  });
});
