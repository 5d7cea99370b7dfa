import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { bind, makeFamily, PASSWORD, signIn } from '../support/journeys.ts';
import { readStatus } from '../support/relying-party.ts';
import { startServer } from '../support/server.ts';

/** docs/protocol.md#status-list */
const ENDED = 3;
const { issuer, bindery } = await startServer();
const { db } = bindery;
/** What began in the second of the change is over too (docs/decisions/0029-platforms.md). */
const A_SECOND = 1_001;
const NEXT = 'four words and a half';

async function enter(login: string, password = PASSWORD): Promise<HttpBrowser> {
  const browser = new HttpBrowser(issuer);
  await signIn(browser, await browser.open('/account/security'), login, password);
  return browser;
}

async function press(browser: HttpBrowser, path: string, typed: Readonly<Record<string, string>>) {
  const form = (await browser.open(path)).form('password');
  const { status, page } = await browser.go(form.action, { form: form.filled(typed) });
  return { status, page };
}

const isSignedIn = async (browser: HttpBrowser): Promise<boolean> =>
  !(await browser.open('/account/security')).hasForm('login');

async function statusOf(login: string): Promise<string | undefined> {
  const [row] = await db.query<{ status: string }>(
    sql`select status from accounts where login = ${login}`,
  );
  return row?.status;
}

describe('a new password', () => {
  test('a new password ends all other sessions, and the person goes on [R47]', async () => {
    const [login] = (await makeFamily(db, 1)) as [string];
    const [here, there] = [await enter(login), await enter(login)];
    const { page } = await press(here, '/account/password', { password: PASSWORD, next: NEXT });
    expect(page.text).toContain('The password was changed');
    expect([await isSignedIn(here), await isSignedIn(there)]).toStrictEqual([true, false]);
    expect(await isSignedIn(await enter(login))).toBe(false);
    await sleep(A_SECOND);
    expect(await isSignedIn(await enter(login, NEXT))).toBe(true);
  });

  test('a weak password, or a wrong old one, changes nothing', async () => {
    const [login] = (await makeFamily(db, 1)) as [string];
    const browser = await enter(login);
    for (const next of ['short', 'aaaaaaaaaaaa', login.toUpperCase()]) {
      const { status, page } = await press(browser, '/account/password', {
        password: PASSWORD,
        next,
      });
      expect([next, status, page.text.includes('This password is too weak')]).toStrictEqual([
        next,
        422,
        true,
      ]);
    }
    const wrong = await press(browser, '/account/password', { password: 'wrong', next: NEXT });
    expect(wrong.status).toBe(422);
    expect(await isSignedIn(await enter(login))).toBe(true);
  });

  test('two changes at once: the old password counts for the first only', async () => {
    const [login] = (await makeFamily(db, 1)) as [string];
    const browsers = [await enter(login), await enter(login)];
    const forms = await Promise.all(
      browsers.map(async (browser) => (await browser.open('/account/password')).form('next')),
    );
    // Both have proved the old password when the first may write.
    const sent = await db.transaction(async (tx) => {
      await tx.query(sql`select 1 from accounts where login = ${login} for update`);
      const sending = forms.map(async (form, at) => {
        const typed = { password: PASSWORD, next: `${NEXT} ${at}` };
        return (await browsers[at]?.go(form.action, { form: form.filled(typed) }))?.status;
      });
      await sleep(2 * A_SECOND);
      return sending;
    });
    expect((await Promise.all(sent)).sort()).toStrictEqual([200, 422]);
    await sleep(A_SECOND);
    const works = await Promise.all(
      [0, 1].map(async (at) => await isSignedIn(await enter(login, `${NEXT} ${at}`))),
    );
    expect(works.filter(Boolean).length).toBe(1);
  });

  test('an account of a platform changes and closes nothing here [R47]', async () => {
    const [login] = (await makeFamily(db, 1)) as [string];
    const browser = await enter(login);
    const form = (await browser.open('/account/password')).form('next');
    await db.query(
      sql`update accounts set platform = 'elsewhere', external_id = id where login = ${login}`,
    );
    for (const path of ['/account/password', '/account/close'])
      expect([path, (await browser.go(path)).status]).toStrictEqual([path, 409]);
    const typed = { password: PASSWORD, next: NEXT };
    expect((await browser.go(form.action, { form: form.filled(typed) })).status).toBe(409);
    expect((await browser.open('/account/security')).links(/password|close/).length).toBe(0);
  });
});

describe('closing one’s own account', () => {
  test('a closed account ends its bindings and its sessions, for good [R47]', async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const { token } = await bind(web(issuer), primary, sub);
    const [here, there] = [await enter(sub), await enter(sub)];
    const told = await here.open('/account/close');
    expect(told.text).toContain('1 binding of this account will end at once');
    const { page } = await press(here, '/account/close', { password: PASSWORD });
    expect(page.title).toMatch(/^The account is closed/);
    expect([await isSignedIn(here), await isSignedIn(there)]).toStrictEqual([false, false]);
    expect(await isSignedIn(await enter(sub))).toBe(false);
    expect((await readStatus(issuer, token)).status).toBe(ENDED);
    expect(await statusOf(sub)).toBe('closed');
  });

  test('the conditions of unbinding are told first, and asked for at the end [R25]', async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    await bind(web(issuer), primary, sub);
    const browser = await enter(sub);
    const form = (await browser.open('/account/close')).form('password');
    await db.query(sql`
      insert into orders (id, account_id, opened_at)
      select 'order-' || id, id, now() from accounts where login = ${sub}`);
    const told = await browser.open('/account/close');
    expect([told.has('obstacle'), told.hasForm('password')]).toStrictEqual([true, false]);
    const late = await browser.go(form.action, { form: form.filled({ password: PASSWORD }) });
    expect(late.status).toBe(409);
    expect(await statusOf(sub)).toBe('normal');
  });

  test('a wrong password closes nothing, and neither does a role', async () => {
    const [login] = (await makeFamily(db, 1)) as [string];
    const browser = await enter(login);
    const form = (await browser.open('/account/close')).form('password');
    const send = async (password: string) =>
      (await browser.go(form.action, { form: form.filled({ password }) })).status;
    expect(await send('wrong')).toBe(422);
    await db.query(sql`update accounts set roles = '{reviewer}' where login = ${login}`);
    expect(await send(PASSWORD)).toBe(409);
    expect(await statusOf(login)).toBe('normal');
  });
});
