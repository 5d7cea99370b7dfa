import { beforeEach, describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import {
  askForCode,
  finishWith,
  freshLogin,
  mailFor,
  OWN_PASSWORD,
  optionsOfSignUp,
  signUpByPasskey,
} from '../fixtures/own-accounts.ts';
import { Authenticator } from '../support/authenticator.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { codeAt } from '../support/mailbox.ts';
import { pressPasskey, signInByPasskey } from '../support/passkeys.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({ env: { SIGN_UP: 'on' } });
const { issuer, bindery } = server;
const { db } = bindery;
// All people of this file have one network address.
beforeEach(async () => void (await db.query(sql`delete from rate_limits`)));

/** A person who has typed the code and a login. */
async function applicant(login = freshLogin()) {
  const browser = new HttpBrowser(issuer);
  await askForCode(browser, 'sign-up', mailFor(login));
  const code = await codeAt(server, mailFor(login));
  return { login, browser, typed: { code, login, name: '新人' } };
}

const exists = async (login: string): Promise<boolean> =>
  (await db.query(sql`select 1 from accounts where login = ${login}`)).length > 0;

describe('signing up with a passkey', () => {
  test('an account without a password is made, and its passkey signs in [R47]', async () => {
    const login = freshLogin();
    const { authenticator } = await signUpByPasskey(server, login);
    const [made] = await db.query(sql`
      select a.password_hash, (select count(*)::int from account_contacts c where c.account_id = a.id) as contacts,
             array(select l.action from audit_log l where l.subject = a.id order by l.seq) as audit
        from accounts a where login = ${login}`);
    expect(made).toStrictEqual({
      password_hash: null,
      contacts: 1,
      audit: ['account.created', 'factor.enrolled'],
    });
    const browser = new HttpBrowser(issuer);
    const there = await signInByPasskey(
      browser,
      await browser.open('/account/security'),
      authenticator,
    );
    expect(there.url.pathname).toBe('/account/security');
  });

  // biome-ignore format: a table is read by its columns
  test.each([
    ['a wrong code',            { code: '00000000' },  422],
    ['a login with a space',    { login: 'a b' },      422],
    ['a login that is taken',   { login: 'linxiao' },  409],
  ])('%s is told before the device makes a passkey', async (_what, wrong, status) => {
    const { browser, typed } = await applicant();
    expect((await optionsOfSignUp(browser, { ...typed, ...wrong })).status).toBe(status);
    expect((await optionsOfSignUp(browser, typed)).status).toBe(200);
  });

  // biome-ignore format: a table is read by its columns
  test.each([
    ['nobody was verified',           { unverified: true }],
    ['it is for another site',        { origin: 'https://evil.example' }],
    ['it is for another party',       { rpId: 'evil.example' }],
    ['it answers another challenge',  { challenge: 'c29tZXRoaW5nIGVsc2U' }],
    ['it is a sign-in',               { type: 'webauthn.get' }],
  ])('a passkey makes no account where %s', async (_what, slant) => {
    const { login, browser, typed } = await applicant();
    const options = JSON.parse((await optionsOfSignUp(browser, typed)).html);
    const response = new Authenticator(issuer).create(options, slant);
    expect((await finishWith(browser, 'sign-up', { ...typed, response })).status).toBe(422);
    expect(await exists(login)).toBe(false);
  });

  test('an answer counts in the browser that asked, with its code, and once', async () => {
    const [one, other] = [await applicant(), await applicant()];
    const options = JSON.parse((await optionsOfSignUp(one.browser, one.typed)).html);
    const response = new Authenticator(issuer).create(options);
    const stolen = await finishWith(other.browser, 'sign-up', { ...other.typed, response });
    expect([stolen.status, await exists(other.login)]).toStrictEqual([422, false]);
    const wrong = { ...one.typed, code: '00000000', response };
    expect((await finishWith(one.browser, 'sign-up', wrong)).status).toBe(422);
    const form = (await one.browser.open('/account/sign-up/finish')).form('code');
    const send = async () =>
      (await one.browser.send(form.action, { form: form.filled({ ...one.typed, response }) }))
        .status;
    expect((await Promise.all([send(), send()])).filter((status) => status === 303).length).toBe(1);
  });

  test('a passkey that another account has makes no second account', async () => {
    const { authenticator } = await signUpByPasskey(server, freshLogin());
    const { login, browser, typed } = await applicant();
    const options = JSON.parse((await optionsOfSignUp(browser, typed)).html);
    const response = authenticator.create(options);
    expect((await finishWith(browser, 'sign-up', { ...typed, response })).status).toBe(422);
    expect(await exists(login)).toBe(false);
  });

  test('without passkey and password there is no account, and a password still makes one', async () => {
    const { login, browser, typed } = await applicant();
    expect((await finishWith(browser, 'sign-up', typed)).status).toBe(422);
    await optionsOfSignUp(browser, typed);
    const { page } = await finishWith(browser, 'sign-up', { ...typed, password: OWN_PASSWORD });
    expect([page.has('signed-in'), await exists(login)]).toStrictEqual([true, true]);
  });

  test('asking for options costs a try of the code', async () => {
    const { browser, typed } = await applicant();
    for (let at = 0; at < 5; at += 1)
      expect((await optionsOfSignUp(browser, typed)).status).toBe(200);
    expect((await optionsOfSignUp(browser, typed)).status).toBe(422);
  });

  test('a passkey that was made and not sent signs in nowhere', async () => {
    const { browser, typed } = await applicant();
    const authenticator = new Authenticator(issuer);
    authenticator.create(JSON.parse((await optionsOfSignUp(browser, typed)).html));
    const page = await browser.open('/account/sign-in');
    expect((await pressPasskey(browser, page, authenticator)).status).toBe(422);
  });
});
