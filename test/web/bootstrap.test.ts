import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { findAccountByLogin } from '../../src/accounts/accounts.store.ts';
import { makeBootstrapLink, useBootstrapLink } from '../../src/accounts/bootstrap.ts';
import { newSecret } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { given, refusedAs } from '../fixtures/accounts.ts';
import { Authenticator } from '../support/authenticator.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer, databaseUrl, logged } = await startServer({ readLog: true });
const { db, factors } = bindery;
const folder = mkdtempSync(join(tmpdir(), 'bindery-bootstrap-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LOGIN = 'sunli';
const PASSWORD = 'correct horse battery';

beforeEach(async () => {
  await db.query(sql`update accounts set roles = '{}' where roles <> '{}'`);
});

async function makeLink(again = false): Promise<string> {
  const account = await findAccountByLogin(db, LOGIN);
  assert.ok(account);
  const asked = { account: account.id, again };
  return given(await db.transaction(async (tx) => await makeBootstrapLink(tx, factors, asked)));
}

async function rolesOf(login: string): Promise<readonly string[]> {
  return (await findAccountByLogin(db, login))?.roles ?? [];
}

/** Opens the link, types a password and sends it. */
async function setPassword(
  browser: HttpBrowser,
  secret: string,
  password = PASSWORD,
): Promise<Answer> {
  const form = (await browser.open(`/bootstrap/${secret}`)).form('password');
  return await browser.go(form.action, { form: form.filled({ password }) });
}

async function bootstrap(...args: readonly string[]) {
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: databaseUrl,
    DATA_DIR: folder,
    DEMO: 'false',
    ISSUER: issuer,
  };
  return await new Promise<{ readonly ok: boolean; readonly said: string }>((resolve) => {
    execFile(
      process.execPath,
      ['src/cli/main.ts', 'bootstrap', ...args],
      { env },
      (error, stdout, stderr) => resolve({ ok: error === null, said: `${stdout}${stderr}` }),
    );
  });
}

describe('the link of the first operator', () => {
  test('who opens it sets a password and is signed in as operator', async () => {
    const browser = new HttpBrowser(issuer);
    const done = await setPassword(browser, await makeLink());
    expect([done.status, done.url.pathname]).toStrictEqual([200, '/operator']);
    expect(await rolesOf(LOGIN)).toStrictEqual(['operator']);
    const other = new HttpBrowser(issuer);
    const page = await other.open('/account/sign-in?to=/operator');
    const again = await other.press(page.form('login'), { login: LOGIN, password: PASSWORD });
    expect(again.status).toBe(200);
  });

  test('who opens it enrols a passkey, and needs no password', async () => {
    const secret = await makeLink();
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open(`/bootstrap/${secret}`)).form('response');
    const csrf = form.filled({}).get('csrf') ?? '';
    const options = await browser.send(`/bootstrap/${secret}/passkey/options`, { form: { csrf } });
    const response = new Authenticator(issuer).create(JSON.parse(options.html));
    const done = await browser.go(form.action, { form: form.filled({ response, name: '' }) });
    expect([done.status, done.url.pathname]).toStrictEqual([200, '/operator']);
    const forged = await browser.go(form.action, { form: form.filled({ response, name: '' }) });
    expect(forged.status).toBe(410);
  });

  test('a wrong passkey answer leaves the link as it was', async () => {
    const secret = await makeLink();
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open(`/bootstrap/${secret}`)).form('response');
    const wrong = await browser.go(form.action, {
      form: form.filled({ response: '{}', name: '' }),
    });
    expect([wrong.status, await rolesOf(LOGIN)]).toStrictEqual([422, []]);
    expect((await setPassword(browser, secret)).status).toBe(200);
  });

  test('it works once', async () => {
    const secret = await makeLink();
    await setPassword(new HttpBrowser(issuer), secret);
    const second = await new HttpBrowser(issuer).go(`/bootstrap/${secret}`);
    expect([second.status, second.page.title]).toStrictEqual([
      410,
      expect.stringContaining('This link does not work any more'),
    ]);
  });

  test('it does not work late', async () => {
    const secret = await makeLink();
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open(`/bootstrap/${secret}`)).form('password');
    await advanceClock(db, 'PT16M');
    const late = await browser.go(form.action, { form: form.filled({ password: PASSWORD }) });
    expect([late.status, await rolesOf(LOGIN)]).toStrictEqual([410, []]);
  });

  test('of two browsers at once, one becomes operator', async () => {
    const secret = await makeLink();
    const browsers = Array.from({ length: 4 }, () => new HttpBrowser(issuer));
    const forms = await Promise.all(
      browsers.map(async (browser) =>
        (await browser.open(`/bootstrap/${secret}`)).form('password'),
      ),
    );
    const answers = await Promise.all(
      browsers.map(async (browser, at) => {
        const form = forms[at];
        assert.ok(form);
        return await browser.send(form.action, { form: form.filled({ password: PASSWORD }) });
      }),
    );
    expect(answers.map(({ status }) => status).sort()).toStrictEqual([303, 410, 410, 410]);
  });

  test('of two links that were made at once, one makes an operator', async () => {
    const [first, second] = [await makeLink(), newSecret()];
    await db.query(sql`
      insert into bootstrap_links (reference, account_id, expires_at)
      select ${factors.secrets.hash('bootstrap', second)}, id, bindery_now() + interval '1 minute'
        from accounts where login = 'zhaomin'`);
    const way = { kind: 'password', password: PASSWORD } as const;
    const used = await Promise.all(
      [first, second].map(async (secret) => await useBootstrapLink(factors, { secret, way })),
    );
    expect(used.map(refusedAs).sort()).toStrictEqual(['bootstrap_over', 'ok']);
  });

  test('it does not work once somebody else is operator', async () => {
    const secret = await makeLink();
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open(`/bootstrap/${secret}`)).form('password');
    await db.query(sql`update accounts set roles = '{operator}' where login = 'operator'`);
    const late = await browser.go(form.action, { form: form.filled({ password: PASSWORD }) });
    expect([late.status, await rolesOf(LOGIN)]).toStrictEqual([410, []]);
  });

  test('a newer link replaces it', async () => {
    const first = await makeLink();
    await makeLink();
    expect((await new HttpBrowser(issuer).go(`/bootstrap/${first}`)).status).toBe(410);
  });

  test('a weak password is refused on the same page', async () => {
    const secret = await makeLink();
    const weak = await setPassword(new HttpBrowser(issuer), secret, 'short');
    expect([weak.status, await rolesOf(LOGIN)]).toStrictEqual([422, []]);
    expect(weak.page.text).toContain('The password is too weak');
  });

  test('what the link holds is neither stored, cached, logged nor sent to others', async () => {
    const secret = await makeLink();
    const { headers } = await new HttpBrowser(issuer).go(`/bootstrap/${secret}`);
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toStrictEqual([
      'no-store',
      'same-origin',
    ]);
    await new HttpBrowser(issuer).go(`/bootstrap/${secret.toLowerCase()}`);
    expect(JSON.stringify(logged)).toContain('bootstrap_over');
    expect(JSON.stringify(logged)).not.toMatch(new RegExp(secret, 'i'));
    const rows = await db.query(sql`select * from bootstrap_links`);
    expect([rows.length, JSON.stringify(rows).includes(secret)]).toStrictEqual([1, false]);
  });
});

describe('the command that makes the link', () => {
  test('bootstrap makes an account and prints its link', async () => {
    const { ok, said } = await bootstrap('first-one', '--name', '第一位');
    expect([said, ok]).toStrictEqual([said, true]);
    expect(said).toMatch(new RegExp(`${issuer}/bootstrap/[\\w-]{43}\n`));
    expect((await findAccountByLogin(db, 'first-one'))?.displayName).toBe('第一位');
    expect(await rolesOf('first-one')).toStrictEqual([]);
  });

  test('bootstrap refuses where an operator exists, and leaves no account', async () => {
    await db.query(sql`update accounts set roles = '{operator}' where login = 'operator'`);
    for (const args of [['second-one'], ['second-one', '--again']]) {
      const { ok, said } = await bootstrap(...args);
      expect([ok, said]).toStrictEqual([false, expect.stringContaining('can sign in already')]);
    }
    expect(await findAccountByLogin(db, 'second-one')).toBe(undefined);
  });

  test('where no operator can sign in, bootstrap goes on with --again only', async () => {
    await db.query(sql`
      update accounts set roles = '{operator}', password_hash = null where login = 'mz-ops'`);
    const refused = await bootstrap(LOGIN);
    expect([refused.ok, refused.said]).toStrictEqual([false, expect.stringContaining('--again')]);
    expect((await bootstrap(LOGIN, '--again')).ok).toBe(true);
  });

  test('bootstrap refuses a name with characters that change direction', async () => {
    const { ok, said } = await bootstrap('third-one', '--name', 'abc\u202ecba');
    expect([ok, said]).toStrictEqual([false, expect.stringContaining('cannot be seen')]);
  });
});
