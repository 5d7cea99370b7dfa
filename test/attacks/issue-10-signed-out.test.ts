import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { type AccountStatus, isSignedIn } from '../../src/accounts/account.ts';
import { findAccountByLogin } from '../../src/accounts/accounts.store.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { changeStatus } from '../../src/provisioning/change-status.ts';
import { resetPassword } from '../../src/provisioning/reset-password.ts';
import { given } from '../fixtures/accounts.ts';
import { text, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  arrive,
  makeFamily,
  offer,
  PASSWORD,
  pressNow,
  signIn,
  startInBrowser,
  subsOf,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db } = bindery;
const app = web(issuer);
const by = { actor: 'system', origin: 'command' } as const;

async function idOf(login: string): Promise<AccountId> {
  const account = await findAccountByLogin(db, login);
  assert.ok(account);
  return account.id;
}

async function setStatus(login: string, ...statuses: readonly AccountStatus[]): Promise<void> {
  const id = await idOf(login);
  for (const status of statuses)
    given(await db.transaction(async (tx) => await changeStatus(tx, id, status, by)));
}

/** What an owner does, or has done, when somebody else knows the password. */
const ENDINGS: readonly (readonly [how: string, end: (login: string) => Promise<void>])[] = [
  [
    'whose password is reset',
    async (login) => {
      const told = { subject: 'password', text: 'changed' };
      const reset = { account: await idOf(login), password: PASSWORD, told };
      given(await resetPassword(bindery.factors, reset, by));
    },
  ],
  ['that is frozen and opened again', async (login) => await setStatus(login, 'frozen', 'normal')],
];

describe('who signed in at a binding before all sign-ins of the account ended', () => {
  test.each(ENDINGS)('approves nothing for an account %s', async (_how, end) => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const approval = await arrive(browser, offered.code, sub);
    await end(sub);
    const pressed = await pressNow(browser, approval);
    expect(pressed.page.hasForm('login')).toBe(true);
    expect(await subsOf(db, primary)).toStrictEqual([]);
    const again = await signIn(browser, pressed.page, sub);
    await pressNow(browser, again);
    expect(await subsOf(db, primary)).toStrictEqual([sub]);
  });

  test.each(ENDINGS)('offers nothing for an account %s', async (_how, end) => {
    const [primary] = (await makeFamily(db, 2)) as [string, string];
    const { body } = await app.ask();
    const browser = new HttpBrowser(issuer);
    const start = await browser.open(text(body, 'start_uri'));
    const consent = await signIn(browser, start, primary);
    await end(primary);
    const pressed = await pressNow(browser, consent);
    expect([pressed.page.hasForm('login'), pressed.html.includes('user-code')]).toStrictEqual([
      true,
      false,
    ]);
  });

  test.each(ENDINGS)('consents to nothing in the browser for an account %s', async (_how, end) => {
    const [primary] = (await makeFamily(db, 2)) as [string, string];
    const started = await app.start({ type: 'account_binding', role: 'primary' });
    const browser = new HttpBrowser(issuer);
    const consent = await signIn(browser, await browser.open(started.url), primary);
    await end(primary);
    const pressed = await pressNow(browser, consent);
    expect(pressed.html.includes('user-code')).toBe(false);
  });

  test('has no token after an account was frozen and opened again', async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary, undefined, {
      scope: 'openid offline_access',
      prompt: 'consent',
    });
    const other = new HttpBrowser(issuer);
    await pressNow(other, await arrive(other, started.code, sub));
    const callback = await browser.leave(started.waiting.link('continue'));
    const { body } = await app.exchange(callback, started);
    await setStatus(primary, 'frozen');
    const use = async () => {
      const refreshed = await app.post('/token', {
        grant_type: 'refresh_token',
        refresh_token: text(body, 'refresh_token'),
      });
      const told = await app.introspect(text(body, 'access_token'));
      return [refreshed.status, told.active];
    };
    expect(await use()).toStrictEqual([400, false]);
    await setStatus(primary, 'normal');
    expect(await use()).toStrictEqual([400, false]);
  });

  test('gets no token for a code from before', async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    const other = new HttpBrowser(issuer);
    await pressNow(other, await arrive(other, started.code, sub));
    const callback = await browser.leave(started.waiting.link('continue'));
    await setStatus(primary, 'frozen', 'normal');
    expect((await app.exchange(callback, started)).body.error).toBe('invalid_grant');
  });
});

describe('a sign-in while an ending of sign-ins waits for a lock', () => {
  test.each(ENDINGS)('is over for an account %s', async (_how, end) => {
    const [login] = (await makeFamily(db, 1)) as [string];
    const id = await idOf(login);
    const holder = await db.pool.connect();
    await holder.query('begin');
    await holder.query('select from accounts where id = $1 for update', [id]);
    const ending = end(login);
    await sleep(1_300);
    const during = Math.floor(Date.now() / 1_000);
    await holder.query('rollback');
    holder.release();
    await ending;
    const account = await findAccountByLogin(db, login);
    assert.ok(account);
    expect(isSignedIn(account, during)).toBe(false);
  });
});

describe('an account that is frozen in the middle of a binding', () => {
  test('is not bound by the other side, by or by the last confirmation', async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const approval = await arrive(browser, offered.code, sub);
    await setStatus(primary, 'frozen');
    await pressNow(browser, approval);
    expect(await subsOf(db, primary)).toStrictEqual([]);

    const [company, shop] = ['meizhuang', 'mz-09'];
    const second = await offer(app, company);
    const other = new HttpBrowser(issuer);
    await pressNow(other, await arrive(other, second.code, shop));
    const confirmation = await second.browser.open(second.waiting.link('continue'));
    await setStatus(shop, 'frozen');
    await pressNow(second.browser, confirmation);
    expect(await subsOf(db, company)).not.toContain(shop);
  });
});
