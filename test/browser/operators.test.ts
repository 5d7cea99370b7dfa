import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { findAccountByLogin } from '../../src/accounts/accounts.store.ts';
import { makeBootstrapLink } from '../../src/accounts/bootstrap.ts';
import { sql } from '../../src/store/sql.ts';
import { given } from '../fixtures/accounts.ts';
import { startServer } from '../support/server.ts';
import { giveAuthenticator } from './authenticator.ts';
import { openBrowser, SETTINGS } from './browser.ts';
import { checkPage, nameOf, signIn, textOf } from './pages.ts';

const { bindery, issuer } = await startServer();
const { db, factors } = bindery;

for (const setting of SETTINGS) {
  test(`operators manage people and apps, ${nameOf(setting)}`, async () => {
    const page = await (await openBrowser(setting)).newPage();
    await page.goto(`${issuer}/operator/people`);
    await signIn(page, 'operator');
    await page.goto(`${issuer}/operator/people?login=sunli`);
    await checkPage(page, `people-${nameOf(setting)}`, setting);
    await page.goto(`${issuer}/operator/apps`);
    await page.click('#new summary');
    await checkPage(page, `apps-${nameOf(setting)}`, setting);
    const id = `shop-${nameOf(setting).toLowerCase()}`;
    await page.fill('#new input[name=id]', id);
    await page.fill('#new input[name=name]', '示例商店');
    await page.fill('#new textarea[name=redirectUris]', 'http://localhost:4000/callback');
    await page.click('#new form button');
    expect(await page.inputValue('#secret')).toHaveLength(43);
    await checkPage(page, `app-${nameOf(setting)}`, setting);
    await page.goto(`${issuer}/operator/apps/${id}`);
    expect(await page.locator('#secret').count()).toBe(0);
  });
}

test('the first operator enrols a passkey by the link', async () => {
  const [setting] = SETTINGS.filter(({ javaScript }) => javaScript);
  assert.ok(setting);
  await db.query(sql`update accounts set roles = '{}' where roles <> '{}'`);
  const account = await findAccountByLogin(db, 'sunli');
  assert.ok(account);
  const asked = { account: account.id, again: false };
  const secret = given(
    await db.transaction(async (tx) => await makeBootstrapLink(tx, factors, asked)),
  );
  const page = await (await openBrowser(setting)).newPage();
  await giveAuthenticator(page);
  await page.goto(`${issuer}/bootstrap/${secret}`);
  await checkPage(page, `bootstrap-${nameOf(setting)}`, setting);
  await page.click('form[data-passkey=create] button');
  await page.waitForURL(`${issuer}/operator`);
  expect(await textOf(page, 'h1')).not.toBe('');
  expect((await findAccountByLogin(db, 'sunli'))?.roles).toStrictEqual(['operator']);
});
