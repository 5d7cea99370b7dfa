import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { findCredentials } from '../../src/accounts/accounts.store.ts';
import { insertContact } from '../../src/accounts/contacts.store.ts';
import { type StoredMessage, takeDueMessages } from '../../src/accounts/messages.store.ts';
import { openMessage } from '../../src/accounts/outgoing-message.ts';
import { checkPassword } from '../../src/accounts/passwords.ts';
import { sealContact } from '../../src/accounts/sealed-contact.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db, url } = await freshDatabase();
const SECRET = Buffer.alloc(32, 7).toString('base64url');
const secrets = new InstallationSecret(Buffer.from(SECRET, 'base64url'));
const folder = mkdtempSync(join(tmpdir(), 'bindery-records-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function accounts(args: readonly string[], input = ''): Promise<Said> {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: url,
    DATA_DIR: folder,
    DEMO: 'false',
    SECRETS_INSTALLATION: SECRET,
  };
  const child = spawn(process.execPath, ['src/cli/main.ts', 'accounts', ...args], { env });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdin.end(input);
  return await new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, out, err }));
  });
}

const YUN = ['--platform', 'douyin-app', '--external-id', 'u-1'];

describe('one account by commands', () => {
  test('it is created, shown, changed, locked, unlocked and closed [R47]', async () => {
    const made = await accounts(['create', ' YUN ', ...YUN, '--name', '云', '--json']);
    expect([made.err, made.code]).toStrictEqual(['', 0]);
    const { id, ...created } = JSON.parse(made.out);
    expect(created).toMatchObject({
      platform: 'douyin-app',
      externalId: 'u-1',
      login: 'yun',
      displayName: '云',
      kind: 'personal',
      status: 'normal',
      hasPassword: false,
    });
    const steps: readonly [args: string[], changed: object][] = [
      [['set', 'yun', '--platform', 'douyin-app', '--name', '云朵', '--login', 'yunduo'], {}],
      [['lock', '--id', id], { status: 'frozen' }],
      [['lock', '--id', id], { status: 'frozen' }],
      [['unlock', ...YUN], { status: 'normal' }],
      [['close', ...YUN], { status: 'closed' }],
    ];
    for (const [args, changed] of steps) {
      const { out, err, code } = await accounts([...args, '--json']);
      expect([args, err, code]).toStrictEqual([args, '', 0]);
      expect(JSON.parse(out)).toMatchObject({ id, login: 'yunduo', ...changed });
    }
    const shown = await accounts(['show', ...YUN]);
    expect(shown.out).toMatch(/status +closed/);
    const unlocked = await accounts(['unlock', ...YUN]);
    expect([unlocked.code, unlocked.err]).toStrictEqual([
      1,
      'yunduo is closed, and stays so; create another account.\n',
    ]);
    const audit = await db.query<{ action: string; actor: string }>(
      sql`select action, actor from audit_log where subject = ${id} order by seq`,
    );
    expect(audit.map(({ action, actor }) => `${action} ${actor}`)).toStrictEqual([
      'account.created system',
      'account.changed system',
      'account.status_changed system',
      'account.status_changed system',
      'account.status_changed system',
    ]);
  });

  test('a password comes from standard input, or is made and printed once', async () => {
    const create = ['create', 'keeper', '--name', 'Keeper', '--password', '--json'];
    const short = await accounts(create, 'short\n');
    expect([short.code, short.err]).toStrictEqual([
      1,
      'keeper needs a password of 8 to 256 characters (PRO-5W0).\n',
    ]);
    const made = await accounts(create, 'a password of eight\n');
    expect([made.err, JSON.parse(made.out).password]).toStrictEqual(['', undefined]);
    const right = async (password: string) =>
      await checkPassword((await findCredentials(db, 'keeper'))?.passwordHash, password);
    expect(await right('a password of eight')).toBe(true);

    const reset = JSON.parse((await accounts(['reset-password', 'keeper', '--json'])).out);
    expect(reset.password).toMatch(/^(\w{5}-){3}\w{5}$/);
    expect([await right(reset.password), await right('a password of eight')]).toStrictEqual([
      true,
      false,
    ]);
    expect((await findCredentials(db, 'keeper'))?.account.signedOutAt).not.toBe(null);
    const given = await accounts(['reset-password', 'keeper', '--stdin'], 'another of eight');
    expect([given.code, given.out.includes('another of eight')]).toStrictEqual([0, false]);
    expect(await right('another of eight')).toBe(true);
  });

  test('who gets another password is told by notice and by message', async () => {
    const { id } = JSON.parse((await accounts(['create', 'told', '--name', 'Told', '--json'])).out);
    const address = sealContact(secrets, { kind: 'mail', address: 'told@people.example' });
    await db.transaction(async (tx) => void (await insertContact(tx, id, address)));
    await accounts(['reset-password', 'told']);
    expect((await findNotices(db, id)).map(({ what }) => what)).toStrictEqual(['password.reset']);
    const [waiting] = await takeDueMessages(db, 1);
    const { to, text } = openMessage(secrets, waiting as StoredMessage);
    expect(to).toBe('told@people.example');
    expect(text).toMatch(/管理员[\s\S]*The operator of/);
  });

  test('a list goes on where it ended, and keeps to its platform and status', async () => {
    for (const n of [1, 2, 3]) {
      const at = ['--platform', 'listed', '--external-id', `${n}`];
      await accounts(['create', `l${n}`, ...at, '--name', `L ${n}`]);
    }
    await accounts(['lock', 'l2', '--platform', 'listed']);
    const list = async (...args: string[]) => {
      const { out } = await accounts(['list', '--platform', 'listed', '--json', ...args]);
      return out
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).login);
    };
    expect(await list()).toStrictEqual(['l1', 'l2', 'l3']);
    expect(await list('--limit', '2')).toStrictEqual(['l1', 'l2']);
    expect(await list('--after', 'l2')).toStrictEqual(['l3']);
    expect(await list('--status', 'frozen')).toStrictEqual(['l2']);
  });

  test('each mistake gives a readable error and exit code 1', async () => {
    await accounts(['create', 'taken', '--name', 'Taken']);
    const mistakes: readonly [args: string[], said: RegExp][] = [
      [['show', 'nobody'], /^There is no account nobody\.$/],
      [['show', 'nobody', '--platform', 'douyin-app'], /nobody of platform douyin-app\.$/],
      [['show'], /^Name the account by its login, --external-id or --id\.$/],
      [['show', 'a', '--id', 'b'], /^Name the account by/],
      [['create', 'taken', '--name', 'X'], /^taken has a login that another account/],
      [
        ['create', 'x', '--name', 'X', '--platform', 'p'],
        /^An account of p needs --external-id\.$/,
      ],
      [['create', 'x', '--name', 'X', '--platform', 'P!'], /small letters, digits and hyphens/],
      [['create', 'x', '--name', 'a\u202eb'], /^x: displayName is not well formed/],
      [['create', 'x', '--name', 'X', '--kind', 'odd'], /Allowed choices are personal/],
      [['create', 'x', '--name', 'X', '--avatar', 'http://x'], /^x: avatarUrl is not well/],
      [['list', '--limit', '0'], /1 to 9999/],
    ];
    for (const [args, said] of mistakes) {
      const { code, out, err } = await accounts(args);
      expect([args, code, out, said.test(err.trim()) || err]).toStrictEqual([args, 1, '', true]);
    }
  });
});
