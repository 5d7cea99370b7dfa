import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askForCode,
  freshLogin,
  mailFor,
  OWN_PASSWORD as PASSWORD,
  signUpAt,
  signUpByPasskey,
} from '../fixtures/own-accounts.ts';
import type { Authenticator } from '../support/authenticator.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { signIn } from '../support/journeys.ts';
import { codeAt, mailOf } from '../support/mailbox.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({ env: { SIGN_UP: 'on' } });
const { issuer, bindery } = server;
const { db } = bindery;
// All people of this file have one network address.
beforeEach(async () => void (await db.query(sql`delete from rate_limits`)));
const HERE = '/account/security/contacts';
const A_SECOND = 1_001;
const NEXT = 'another five words here';

async function begin(browser: HttpBrowser, contact: string, password = PASSWORD): Promise<Answer> {
  const form = (await browser.open(HERE)).form('contact');
  return await browser.go(form.action, { form: form.filled({ contact, password }) });
}

async function finish(browser: HttpBrowser, code: string): Promise<Answer> {
  const form = (await browser.open(`${HERE}/finish`)).form('code');
  return await browser.go(form.action, { form: form.filled({ code }) });
}

async function addressesOf(login: string): Promise<number> {
  const rows = await db.query(sql`
    select 1 from account_contacts c join accounts a on a.id = c.account_id where a.login = ${login}`);
  return rows.length;
}

const subjectsAt = async (contact: string) =>
  (await mailOf(server, contact)).map(({ subject }) => subject);

/** The answer of a passkey for the first form of a page that asks for one. */
async function proof(
  browser: HttpBrowser,
  purpose: string,
  authenticator: Authenticator,
): Promise<string> {
  const csrf = (await browser.open('/account/security')).form('csrf').filled({}).get('csrf') ?? '';
  const { html } = await browser.send('/account/security/proof', { form: { csrf, purpose } });
  return authenticator.get(JSON.parse(html));
}

async function send(browser: HttpBrowser, page: Page, typed: Readonly<Record<string, string>>) {
  const form = page.form('passkey');
  return await browser.go(form.action, { form: form.filled(typed) });
}

describe('the addresses of an account', () => {
  test('a new address takes the place of the old one, which is told', async () => {
    const login = freshLogin();
    const browser = await signUpAt(server, login);
    const next = mailFor(freshLogin());
    await begin(browser, next);
    const { page } = await finish(browser, await codeAt(server, next));
    expect(page.text).toContain('The address is confirmed');
    expect(page.source).not.toContain(next);
    expect(await addressesOf(login)).toBe(1);
    expect((await subjectsAt(mailFor(login)))[0]).toBe(
      'Bindery: the addresses of your account changed',
    );
    expect(new Set(await subjectsAt(next))).toStrictEqual(new Set(['Bindery code']));
    expect((await browser.open('/account/notices')).text).toContain('An address for codes');
    // The sandbox repeats messages now and then.
    const textsAtOld = async () =>
      new Set((await mailOf(server, mailFor(login))).map(({ text }) => text));
    const before = await textsAtOld();
    await askForCode(new HttpBrowser(issuer), 'recover', mailFor(login));
    expect(await textsAtOld()).toStrictEqual(before);
    await askForCode(new HttpBrowser(issuer), 'recover', next);
    expect((await subjectsAt(next))[0]).toBe('Bindery code');
  });

  test('a telephone stands beside the mail address, and either is removed', async () => {
    const login = freshLogin();
    const browser = await signUpAt(server, login);
    const phone = `+86139${String(Date.now()).slice(-8)}`;
    await begin(browser, phone);
    await finish(browser, await codeAt(server, phone));
    expect(await addressesOf(login)).toBe(2);
    const form = (await browser.open(HERE)).form('kind');
    const go = async (typed: Readonly<Record<string, string>>) =>
      await browser.go(form.action, { form: form.filled(typed) });
    expect((await go({ password: 'wrong', kind: 'phone' })).status).toBe(422);
    expect((await go({ password: PASSWORD, kind: 'fax' })).status).toBe(400);
    expect(await addressesOf(login)).toBe(2);
    expect((await go({ password: PASSWORD, kind: 'phone' })).page.text).toContain('was removed');
    const told = await subjectsAt(mailFor(login));
    expect((await go({ password: PASSWORD, kind: 'phone' })).status).toBe(404);
    // Nothing was removed by it, so nobody is told so.
    expect(await subjectsAt(mailFor(login))).toStrictEqual(told);
    expect(await addressesOf(login)).toBe(1);
    expect((await subjectsAt(phone))[0]).toContain('addresses of your account changed');
  });

  test('a session without the password adds nothing, and sends nothing', async () => {
    const login = freshLogin();
    const browser = await signUpAt(server, login);
    const next = mailFor(freshLogin());
    for (const password of ['', 'wrong'])
      expect((await begin(browser, next, password)).status).toBe(422);
    expect(await mailOf(server, next)).toStrictEqual([]);
  });

  test('an address of another account looks the same, and its owner alone is told', async () => {
    const [mine, theirs] = [freshLogin(), freshLogin()];
    const browser = await signUpAt(server, mine);
    await signUpAt(server, theirs);
    const known = await begin(browser, mailFor(theirs));
    const unknown = await begin(browser, mailFor(freshLogin()));
    const plain = ({ status, html }: Answer) => [status, html.replace(/value="[^"]*"/g, '')];
    expect(plain(known)).toStrictEqual(plain(unknown));
    const [told] = await mailOf(server, mailFor(theirs));
    expect(told?.text).toContain(`belongs to the account “${theirs}”`);
    expect(told?.text).not.toMatch(/\d{8}/);
  });

  test('a code counts for the account that asked, and not for a new one', async () => {
    const [mine, theirs] = [freshLogin(), freshLogin()];
    const browser = await signUpAt(server, mine);
    const other = await signUpAt(server, theirs);
    const next = mailFor(freshLogin());
    await begin(browser, next);
    const code = await codeAt(server, next);
    const token = await browser.cookie('bindery_add', '/account');
    await other.jar.setCookie(`bindery_add=${token}; Path=/account`, issuer);
    expect((await finish(other, code)).status).toBe(422);
    const stranger = new HttpBrowser(issuer);
    await askForCode(stranger, 'sign-up', mailFor(freshLogin()));
    await stranger.jar.setCookie(`bindery_sign_up=${token}; Path=/account`, issuer);
    const form = (await stranger.open('/account/sign-up/finish')).form('code');
    const typed = { code, login: freshLogin(), name: 'A', password: PASSWORD };
    expect((await stranger.go(form.action, { form: form.filled(typed) })).status).toBe(422);
    expect((await finish(browser, code)).status).toBe(200);
    await browser.jar.setCookie(`bindery_add=${token}; Path=/account`, issuer);
    expect((await finish(browser, code)).status).toBe(422); // once only
  });

  test('two accounts that confirm one address at once: one gets it', async () => {
    const logins = [freshLogin(), freshLogin()];
    const browsers = [];
    for (const login of logins) browsers.push(await signUpAt(server, login));
    const next = mailFor(freshLogin());
    const codes: string[] = [];
    for (const browser of browsers) {
      await begin(browser, next);
      codes.push(await codeAt(server, next));
    }
    const answers = await Promise.all(
      browsers.map(async (browser, at) => (await finish(browser, codes[at] ?? '')).status),
    );
    expect(answers.sort()).toStrictEqual([200, 422]);
  });

  test('an account of a platform has no addresses here', async () => {
    const login = freshLogin();
    const browser = await signUpAt(server, login);
    const form = (await browser.open(HERE)).form('contact');
    await db.query(
      sql`update accounts set platform = 'elsewhere', external_id = id where login = ${login}`,
    );
    expect((await browser.go(HERE)).status).toBe(409);
    const typed = { contact: mailFor(freshLogin()), password: PASSWORD };
    expect((await browser.go(form.action, { form: form.filled(typed) })).status).toBe(409);
  });
});

test('a changed password is told by message and by notice [R47]', async () => {
  const login = freshLogin();
  const browser = await signUpAt(server, login);
  const form = (await browser.open('/account/password')).form('next');
  await browser.go(form.action, { form: form.filled({ password: PASSWORD, next: NEXT }) });
  const [told] = await mailOf(server, mailFor(login));
  expect(told?.subject).toBe('Bindery: your password was changed');
  expect((await browser.open('/account/notices')).text).toContain('The password was changed');
});

describe('an account without a password', () => {
  test('its passkey sets the first password, which then is asked for [R47]', async () => {
    const login = freshLogin();
    const { browser, authenticator } = await signUpByPasskey(server, login);
    const page = await browser.open('/account/password');
    expect([page.title, page.hasForm('password')]).toStrictEqual([
      'Set a password · Bindery',
      false,
    ]);
    expect((await send(browser, page, { next: NEXT })).status).toBe(422);
    const other = await proof(browser, 'security:close', authenticator);
    expect((await send(browser, page, { next: NEXT, passkey: other })).status).toBe(422);
    const passkey = await proof(browser, 'security:password', authenticator);
    expect((await send(browser, page, { next: NEXT, passkey })).page.text).toContain(
      'The password was changed',
    );
    expect((await send(browser, page, { next: PASSWORD, passkey })).status).toBe(422);
    await sleep(A_SECOND);
    const fresh = new HttpBrowser(issuer);
    const there = await signIn(fresh, await fresh.open('/account/security'), login, NEXT);
    expect(there.hasForm('login')).toBe(false);
    expect((await fresh.open('/account/password')).hasForm('password')).toBe(true);
    const alone = await proof(fresh, 'security:password', authenticator);
    const again = await send(fresh, await fresh.open('/account/password'), {
      next: `${NEXT} 2`,
      password: '',
      passkey: alone,
    });
    expect(again.status).toBe(422);
  });

  test('its passkey closes it, and adds and removes addresses', async () => {
    const login = freshLogin();
    const { browser, authenticator } = await signUpByPasskey(server, login);
    const next = mailFor(freshLogin());
    const adding = (await browser.open(HERE)).form('contact');
    const passkey = await proof(browser, 'security:contact', authenticator);
    await browser.go(adding.action, { form: adding.filled({ contact: next, passkey }) });
    expect((await finish(browser, await codeAt(server, next))).status).toBe(200);
    const closing = await browser.open('/account/close');
    expect((await send(browser, closing, {})).status).toBe(422);
    const close = await proof(browser, 'security:close', authenticator);
    expect((await send(browser, closing, { passkey: close })).page.title).toMatch(/is closed/);
    expect(await addressesOf(login)).toBe(0);
  });

  test('its last passkey stays', async () => {
    const login = freshLogin();
    const { browser, authenticator } = await signUpByPasskey(server, login);
    const page = await browser.open('/account/security');
    const factor = page.form('factor');
    const id = factor.filled({}).get('factor') ?? '';
    const passkey = await proof(browser, `security:remove:${id}`, authenticator);
    const { status } = await browser.go(factor.action, { form: factor.filled({ passkey }) });
    expect(status).toBe(409);
    const [left] = await db.query<{ count: number }>(sql`
      select count(*)::int as count from second_factors f join accounts a on a.id = f.account_id where a.login = ${login}`);
    expect(left?.count).toBe(1);
  });
});
