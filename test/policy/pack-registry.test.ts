import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { PackRegistry, UnrecordedPackError } from '../../src/policy/pack-registry.ts';
import { findVersions } from '../../src/policy/pack-versions.store.ts';
import { InvalidPacksError, loadPackFiles, type PackFile } from '../../src/policy/registry.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-registry-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DOUYIN = JSON.parse(readFileSync('src/policy/packs/douyin.json', 'utf8')) as Readonly<
  Record<string, unknown>
>;

/** The text of the file of pack `id`, in the given layout. */
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
  test('a pack version is recorded once, and readable after its file is gone [R41]', async () => {
    const first = await fileOf('kept', { tokenLifetimeSeconds: 12 });
    const [registry] = [await PackRegistry.open(db, [first]), await PackRegistry.open(db, [first])];
    expect(registry.current.get('kept')).toStrictEqual(first.pack);
    expect((await findVersions(db)).filter(({ pack }) => pack === 'kept').length).toBe(1);
    const later = await PackRegistry.open(db, []);
    expect(later.find('kept')).toBe(undefined);
    expect(await later.get(db, 'kept', 1)).toStrictEqual(first.pack);
  });

  test('a recorded version does not change when the file gets a new version [R41]', async () => {
    const opened = async (changes: object) =>
      await PackRegistry.open(db, [await fileOf('grown', { ...changes })]);
    await opened({ tokenLifetimeSeconds: 60 });
    const registry = await opened({ tokenLifetimeSeconds: 120, version: 2 });
    expect(registry.find('grown')?.version).toBe(2);
    expect((await registry.get(db, 'grown', 1)).tokenLifetimeSeconds).toBe(60);
    const back = await opened({ tokenLifetimeSeconds: 60 });
    // a file may return to an earlier version
    expect(back.find('grown')?.version).toBe(1);
  });

  test('another layout of a file is no other version', async () => {
    await PackRegistry.open(db, [await fileOf('laid')]);
    await PackRegistry.open(db, [await fileOf('laid', {}, backwards)]);
  });

  test('changed content of a recorded version stops the start and is shown [R41]', async () => {
    const limits = (personal: number) => ({ personal, enterprise: 10, special_industry: 5 });
    await PackRegistry.open(db, [await fileOf('slipped', { limits: limits(3) })]);
    const changed = [
      await fileOf('slipped', { limits: limits(30), tokenLifetimeSeconds: 1 }),
      await fileOf('innocent'),
    ];
    const error: unknown = await PackRegistry.open(db, changed).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof InvalidPacksError);
    expect(error.problems.map(({ path }) => path)).toStrictEqual(['slipped.json version']);
    expect(error.message).toMatch(
      /version 1 was recorded on \d{4}-\d\d-\d\d with other content \(.*limits\.personal.*\); bindings go by it\. Raise the version/,
    );
    // the recorded version is unchanged
    expect((await (await PackRegistry.open(db, [])).get(db, 'slipped', 1)).limits.personal).toBe(3);
  });

  test('of two starts with different contents of one version, one succeeds', async () => {
    const files: PackFile[] = [];
    for (const tokenLifetimeSeconds of [1, 2, 3, 4])
      files.push(await fileOf('raced', { tokenLifetimeSeconds }));
    const started = await Promise.allSettled(
      files.map(async (file) => await PackRegistry.open(db, [file])),
    );
    expect(started.map(({ status }) => status).sort()).toStrictEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
    ]);
  });

  test('a version that another process recorded is read once, when needed', async () => {
    const registry = await PackRegistry.open(db, [await fileOf('met')]);
    await PackRegistry.open(db, [await fileOf('met', { version: 2 })]);
    expect((await registry.get(db, 'met', 2)).version).toBe(2);
    const before = db.sent;
    await registry.get(db, 'met', 1);
    await registry.get(db, 'met', 2);
    expect(db.sent).toBe(before);
    // new requests still use the file of this process
    expect(registry.find('met')?.version).toBe(1);
  });

  test('an unrecorded or unreadable version gives a readable error', async () => {
    const registry = await PackRegistry.open(db, []);
    await expect(registry.get(db, 'kept', 9)).rejects.toThrow(UnrecordedPackError);
    await db.query(sql`
      insert into pack_versions (pack, version, content, fingerprint) values ('torn', 1, '{"id": "torn", "version": 1}', '\\x00')`);
    await expect(registry.get(db, 'torn', 1)).rejects.toThrow(
      /Version 1 of the policy pack "torn", as it was recorded, cannot be read: title: /,
    );
  });

  test('a version whose hook is gone is read, and its decisions go to a person [R22]', async () => {
    await PackRegistry.open(db, [await fileOf('orphaned')]);
    await db.query(sql`
      update pack_versions set content = jsonb_set(content, '{hooks}', content -> 'hooks' || '["gone"]') where pack = 'orphaned'`);
    const { hooks } = await (await PackRegistry.open(db, [])).get(db, 'orphaned', 1);
    expect(hooks.at(-1)).toBe('gone');
  });
});
