import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { findAccountByExternalId, findCredentials } from '../../src/accounts/accounts.store.ts';
import { findBinding, insertBinding } from '../../src/binding/bindings.store.ts';
import { type RowFormat, readRows } from '../../src/cli/account-rows.ts';
import { ROW_WORDS } from '../../src/cli/account-words.ts';
import { RejectsFile } from '../../src/cli/rejects-file.ts';
import { newId } from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { type ExportedRow, exportAccounts } from '../../src/provisioning/export-accounts.ts';
import { importAccounts } from '../../src/provisioning/import-accounts.ts';
import type { ImportRules } from '../../src/provisioning/import-batch.ts';
import { sql } from '../../src/store/sql.ts';
import { makeCustody } from '../support/custody.ts';
import { freshDatabase } from '../support/database.ts';
import { makeOwner } from '../support/people.ts';

const { db } = await freshDatabase();
const folder = mkdtempSync(join(tmpdir(), 'bindery-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const deps = { db, secrets: new InstallationSecret(randomBytes(32)), custody: makeCustody() };
const BY = { actor: 'system', origin: 'import' } as const;
const BCRYPT = '$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';

let platforms = 0;
const newPlatform = (): string => {
  platforms += 1;
  return `platform-${platforms}`;
};

interface Run extends Partial<ImportRules> {
  readonly platform: string;
  readonly format?: RowFormat;
  readonly again?: boolean;
}

/** Imports a file; says what became of its rows, and which lines were refused why. */
async function bring(content: string | Buffer, run: Run) {
  const { platform, format = 'jsonl', again = false } = run;
  const rules = { existing: 'update', believeOwners: false, ...run } as const;
  const file = join(folder, `${platform}.${format}`);
  writeFileSync(file, content);
  const rejects = await RejectsFile.open(`${file}.rejects`, ROW_WORDS);
  const done = await importAccounts(
    deps,
    {
      fingerprint: createHash('sha256').update(content).update(JSON.stringify(run)).digest(),
      rules,
      again,
      rows: (behind) => readRows(file, format, behind),
      reject: async (position, rows) => await rejects.write(position, rows),
      progress: () => {},
    },
    BY,
  ).finally(() => rejects.close());
  if (!done.ok) return done.refusal.code;
  const { created, changed, unchanged, rejected } = done.value;
  return { created, changed, unchanged, rejected, refused: refusedIn(`${file}.rejects`) };
}

function refusedIn(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text))
    .map(({ line, field, reason }) => [line, field, reason].filter(Boolean).join(' '));
}

const lines = (...rows: readonly unknown[]): string =>
  rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join('');

const found = async (platform: string, externalId: string) =>
  await findAccountByExternalId(db, platform, externalId);

describe('accounts from a file', () => {
  test('rows create accounts as they stand, each with its audit row [R47]', async () => {
    const platform = newPlatform();
    const yun = {
      externalId: 'u-1',
      login: ' YUN ',
      displayName: '云',
      avatarUrl: 'https://cdn.example/1.png',
      kind: 'enterprise',
      status: 'frozen',
      passwordHash: BCRYPT,
    };
    const brought = await bring(lines(yun, { externalId: 'u-2', login: 'gao' }), { platform });
    expect(brought).toStrictEqual({
      created: 2,
      changed: 0,
      unchanged: 0,
      rejected: 0,
      refused: [],
    });
    const account = await found(platform, 'u-1');
    const { passwordHash: _, ...shown } = yun;
    expect(account).toMatchObject({ ...shown, login: 'yun', roles: [], qualification: 'none' });
    expect((await findCredentials(db, 'yun', [platform]))?.passwordHash).toBe(BCRYPT);
    expect(await found(platform, 'u-2')).toMatchObject({ displayName: 'gao', kind: 'personal' });
    const audit = await db.query(
      sql`select action, actor, detail from audit_log where subject = ${account?.id}`,
    );
    expect(audit).toStrictEqual([
      { action: 'account.created', actor: 'system', detail: { origin: 'import', platform } },
    ]);
  });

  test('each bad row is told by its line, field and reason; the others go on', async () => {
    const platform = newPlatform();
    const row = (externalId: unknown, more: object = {}) => ({
      externalId,
      login: `login-${String(externalId).length}-${JSON.stringify(more).length}`,
      ...more,
    });
    const long = 'x'.repeat(10_240);
    const content = lines(
      row('1'),
      '{"broken',
      '[]',
      '',
      row('', {}),
      { externalId: '6' },
      row('seven', { colour: 'red' }),
      row('eight', { displayName: long }),
      row('nine', { displayName: 'a\0b' }),
      row('ten', { displayName: 'nuy\u202e' }),
      row('eleven', { login: 'zero\u200bwidth' }),
      row('twelve', { kind: 'robot' }),
      row('thirteen', { status: 'gone' }),
      row('fourteen', { avatarUrl: 'http://cdn.example/' }),
      row('fifteen', { passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99' }),
      row('sixteen', { passwordHash: BCRYPT.replace('$10$', '$31$') }),
      row('seventeen', { login: 'login-1-2' }),
      row('eighteen', { displayName: 'x'.repeat(70_000) }),
      row('nineteen', { ownerReference: 'o-1' }),
      row(20),
      row(`\ud800`),
      row('last', { displayName: '最后' }),
    );
    const notUtf8 = Buffer.concat([
      Buffer.from('{"externalId":"\ufeffx","login":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    const brought = await bring(Buffer.concat([Buffer.from(content), notUtf8]), { platform });
    expect(brought).toStrictEqual({
      created: 2,
      changed: 0,
      unchanged: 0,
      rejected: 20,
      refused: [
        '2 unreadable_row',
        '3 unreadable_row',
        '5 externalId missing_field',
        '6 login missing_field',
        '7 unknown_field',
        '8 displayName invalid_field',
        '9 displayName invalid_field',
        '10 displayName invalid_field',
        '11 login invalid_field',
        '12 kind invalid_field',
        '13 status invalid_field',
        '14 avatarUrl invalid_field',
        '15 passwordHash unknown_hash',
        '16 passwordHash hash_too_costly',
        '17 login login_taken',
        '18 row_too_long',
        '19 ownerReference owner_not_believed',
        '20 externalId invalid_field',
        '21 externalId invalid_field',
        '23 unreadable_row',
      ],
    });
    expect(await found(platform, 'last')).toMatchObject({ displayName: '最后' });
    // What the rows held is not repeated.
    expect(readFileSync(join(folder, `${platform}.jsonl.rejects`), 'utf8')).not.toMatch(
      /5f4dcc|red|xxx|robot/,
    );
  });

  test('CSV may have quotes, a byte order mark, CRLF and empty cells', async () => {
    const platform = newPlatform();
    const content =
      '\ufeffexternalId,login,displayName,kind\r\n' +
      '1,a,"A ""quoted"", name",\r\n' +
      '2,b\r\n' +
      '3,c,"two\nlines",enterprise\r\n' +
      '4,d,D,personal,more\r\n' +
      '\r\n' +
      `5,e,${'x'.repeat(10_240)},\r\n` +
      '6,f,最后,special_industry';
    const brought = await bring(content, { platform, format: 'csv' });
    expect(brought).toStrictEqual({
      created: 2,
      changed: 0,
      unchanged: 0,
      rejected: 4,
      refused: [
        '3 unreadable_row',
        '5 displayName invalid_field',
        '6 unreadable_row',
        '8 displayName invalid_field',
      ],
    });
    expect(await found(platform, '1')).toMatchObject({ displayName: 'A "quoted", name' });
    expect(await found(platform, '6')).toMatchObject({ kind: 'special_industry' });
  });

  test('CSV with unknown columns, or a quote without an end, is given up', async () => {
    const platform = newPlatform();
    const csv = { platform, format: 'csv' } as const;
    await expect(bring('externalId,login,colour\n1,a,red\n', csv)).rejects.toThrow(
      /The first row must name fields, each once: externalId, login/,
    );
    const open = `externalId,login\n1,a\n2,"b\n${'3,c\n'.repeat(400_000)}`;
    await expect(bring(open, csv)).rejects.toThrow(/a quote is not closed/);
  });

  test('an account that is there is changed where it differs, or skipped', async () => {
    const platform = newPlatform();
    const row = { externalId: 'u-1', login: 'yun', displayName: '云' };
    await bring(lines(row, { externalId: 'u-2', login: 'gao' }), { platform });
    const renamed = lines({ ...row, displayName: '云朵' }, { externalId: 'u-2', login: 'gao2' });
    expect(await bring(renamed, { platform, existing: 'skip' })).toMatchObject({ unchanged: 2 });
    expect(await bring(renamed, { platform })).toMatchObject({ changed: 2, unchanged: 0 });
    expect(await bring(renamed, { platform, again: true })).toMatchObject({ unchanged: 2 });
    expect(await found(platform, 'u-1')).toMatchObject({ displayName: '云朵', login: 'yun' });
    expect(await found(platform, 'u-2')).toMatchObject({ displayName: 'gao', login: 'gao2' });
    // What a row leaves out stays.
    await bring(lines({ externalId: 'u-1', login: 'yun' }), { platform });
    expect(await found(platform, 'u-1')).toMatchObject({ displayName: '云朵' });
    const taken = lines({ externalId: 'u-1', login: 'gao2', status: 'frozen' });
    expect(await bring(taken, { platform })).toMatchObject({ refused: ['1 login login_taken'] });
    // Its status counts whatever else is wrong.
    expect(await found(platform, 'u-1')).toMatchObject({ status: 'frozen', login: 'yun' });
  });

  test('a frozen account’s bindings are suspended, as by every other way [R47]', async () => {
    const platform = newPlatform();
    const rows = [
      { externalId: 'p', login: 'p' },
      { externalId: 's', login: 's' },
    ];
    await bring(lines(...rows), { platform });
    const owner = await makeOwner(db);
    await db.query(sql`update accounts set owner_id = ${owner} where platform = ${platform}`);
    const [primary, sub] = [await found(platform, 'p'), await found(platform, 's')];
    const id = newId('bnd');
    const binding = {
      id,
      primaryId: primary?.id as never,
      subId: sub?.id as never,
      primaryOwnerId: owner,
      subOwnerId: owner,
      pack: 'douyin',
      packVersion: 1,
      platform,
      kind: 'personal',
      sameOwnerMethod: 'identity_document',
    } as const;
    await db.transaction((tx) => insertBinding(tx, binding, { since: new Date(), reached: null }));
    const frozen = { ...rows[1], status: 'frozen', kind: 'enterprise' };
    expect(await bring(lines(frozen), { platform })).toMatchObject({
      refused: ['1 kind kind_in_use'],
    });
    expect((await findBinding(db, id))?.suspended_by).toStrictEqual(['platform']);
  });

  test('a password hash counts for accounts that have no password yet', async () => {
    const platform = newPlatform();
    const row = { externalId: '1', login: 'a' };
    await bring(lines(row), { platform });
    expect(await bring(lines({ ...row, passwordHash: BCRYPT }), { platform })).toMatchObject({
      changed: 1,
    });
    const other = BCRYPT.replace('$10$', '$11$');
    expect(await bring(lines({ ...row, passwordHash: other }), { platform })).toMatchObject({
      unchanged: 1,
    });
    expect((await findCredentials(db, 'a', [platform]))?.passwordHash).toBe(BCRYPT);
  });

  test('of two rows of one account in a file the later one counts', async () => {
    const platform = newPlatform();
    const row = { externalId: '1', login: 'a', displayName: 'First' };
    const content = lines(
      row,
      row,
      { ...row, displayName: 'Last' },
      { externalId: '2', login: 'b' },
    );
    expect(await bring(content, { platform })).toMatchObject({
      created: 2,
      unchanged: 1,
      changed: 1,
      rejected: 0,
    });
    expect(await found(platform, '1')).toMatchObject({ displayName: 'Last' });
  });

  test('owners are taken over where the operator believes the platform [R44]', async () => {
    const platform = newPlatform();
    const rows = lines(
      { externalId: '1', login: 'a', ownerReference: 'o-1' },
      { externalId: '2', login: 'b', ownerReference: 'o-1' },
      { externalId: '3', login: 'c', ownerReference: 'o-1', kind: 'enterprise' },
    );
    expect(await bring(rows, { platform, believeOwners: true })).toMatchObject({
      created: 2,
      refused: ['3 ownerReference owner_kind_differs'],
    });
    const [first, second] = [await found(platform, '1'), await found(platform, '2')];
    expect(first?.ownerId).toMatch(/^own_/);
    expect([second?.ownerId, second?.qualification]).toStrictEqual([first?.ownerId, 'verified']);
  });

  test('an export is what an import takes', async () => {
    const platform = newPlatform();
    const rows = Array.from({ length: 3 }, (_, n) => ({
      externalId: `u-${n}`,
      login: `l${n}`,
      displayName: `名 ${n}`,
      ...(n === 0 ? { avatarUrl: 'https://cdn.example/0.png' } : {}),
      kind: 'personal',
      status: n === 2 ? 'restricted' : 'normal',
      ...(n === 1 ? { passwordHash: BCRYPT } : {}),
    }));
    await bring(lines(...rows), { platform });
    const exported = async (withPasswordHashes: boolean) => {
      const pages: ExportedRow[] = [];
      for await (const page of exportAccounts({ db }, { platform, withPasswordHashes }, BY))
        pages.push(...page);
      return pages;
    };
    expect(await exported(true)).toStrictEqual(rows);
    expect((await exported(false)).some((row) => 'passwordHash' in row)).toBe(false);
    const target = newPlatform();
    expect(await bring(lines(...(await exported(true))), { platform: target })).toMatchObject({
      created: 3,
      rejected: 0,
    });
    const audit = await db.query(
      sql`select detail from audit_log where action = 'accounts.exported' and subject = ${platform} order by seq`,
    );
    expect(audit[0]).toStrictEqual({ detail: { withPasswordHashes: true } });
  });

  test('two imports of one file at once bring each account once', async () => {
    const platform = newPlatform();
    const rows = Array.from({ length: 3_000 }, (_, n) => ({ externalId: `${n}`, login: `l${n}` }));
    const ends = await Promise.all([1, 2].map(() => bring(lines(...rows), { platform })));
    expect(ends.filter((end) => end === 'other_import_runs').length).toBe(1);
    expect(ends.filter((end) => typeof end === 'object')).toMatchObject([
      { created: 3_000, unchanged: 0 },
    ]);
    const [count] = await db.query(sql`
      select (select count(*)::int from accounts where platform = ${platform}) as accounts,
             (select count(*)::int from audit_log a join accounts c on c.id = a.subject where c.platform = ${platform}) as audits`);
    expect(count).toStrictEqual({ accounts: 3_000, audits: 3_000 });
    expect(await bring(lines(...rows), { platform })).toBe('already_imported');
  });
});
