import { expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { appCode } from '../support/app-codes.ts';
import { makeFamily } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { giveAuthenticator } from './authenticator.ts';
import { openBrowser, type Page, SETTINGS } from './browser.ts';
import { checkPage, nameOf, PASSWORD, signIn, textOf } from './pages.ts';

const { issuer, bindery } = await startServer();

async function openSecurity(page: Page, login: string): Promise<void> {
  await page.goto(`${issuer}/account/security`);
  await signIn(page, login);
  expect(new URL(page.url()).pathname).toBe('/account/security');
}

/** Makes every code of the authenticator app count as unused. */
async function letStepsPass(): Promise<void> {
  await bindery.db.query(sql`update second_factors set last_step = 0 where kind = 'totp'`);
}

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  test(`an owner adds and removes an authenticator app, ${name}`, async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const page = await (await openBrowser(setting)).newPage();
    await openSecurity(page, login);
    await page.click('#add-app summary');
    await page.fill('#add-app input[name=password]', 'wrong');
    await page.click('#add-app button');
    await checkPage(page, `${name}-security-1-wrong-password`, setting);
    // The error stands beside its form.
    expect(await page.locator('#add-app[open] .notice.bad').count()).toBe(1);
    await page.fill('#add-app input[name=password]', PASSWORD);
    await page.click('#add-app button');
    await page.click('summary');
    await checkPage(page, `${name}-security-2-app`, setting);
    const secret = await textOf(page, '#secret');
    expect((await page.getAttribute('#open-app', 'href')) ?? '').toMatch(
      new RegExp(`secret=${secret.replaceAll(' ', '')}`),
    );
    await page.fill('input[name=code]', '12345');
    await page.click('form button');
    await checkPage(page, `${name}-security-3-wrong-code`, setting);
    // The page is shown again, for another try.
    expect(await textOf(page, '#secret')).toBe(secret);
    const enrolled = appCode(secret);
    await page.fill('input[name=name]', '旧手机');
    await page.fill('input[name=code]', enrolled);
    await page.click('form button');
    await checkPage(page, `${name}-security-4-app-added`, setting);
    expect(await textOf(page, '#factors')).toMatch(/旧手机/);
    // There is one factor.
    expect(await page.locator('#add-app').count()).toBe(0);

    await page.click('#factors summary');
    await page.fill('#factors input[name=password]', PASSWORD);
    await page.fill('#factors input[name=code]', enrolled);
    await page.click('#factors form button');
    // The code of the enrolment is used up.
    expect(await page.locator('#factors details[open] .notice.bad').count()).toBe(1);
    await checkPage(page, `${name}-security-5-used-code`, setting);
    await letStepsPass();
    await page.fill('#factors input[name=password]', PASSWORD);
    await page.fill('#factors input[name=code]', appCode(secret));
    await page.click('#factors form button');
    await checkPage(page, `${name}-security-6-removed`, setting);
    expect(await page.locator('#factors').count()).toBe(0);
    await page.goto(`${issuer}/account/notices`);
    await checkPage(page, `${name}-security-7-notices`, setting);
    // The owner was told of each change.
    expect(await page.locator('.told > li').count()).toBe(2);
  });

  if (!setting.javaScript) continue;

  test(`an owner adds passkeys and removes one by itself, ${name}`, async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const page = await (await openBrowser(setting)).newPage();
    const { turn } = await giveAuthenticator(page);
    await openSecurity(page, login);
    await checkPage(page, `${name}-passkey-1-none`, setting);
    await page.click('#add-passkey summary');
    await page.fill('#add-passkey input[name=password]', 'wrong');
    await page.click('#add-passkey button');
    await page.waitForSelector('#add-passkey .notice.bad');
    await checkPage(page, `${name}-passkey-2-wrong-password`, setting);
    await turn(false);
    await page.fill('#add-passkey input[name=password]', PASSWORD);
    await page.click('#add-passkey button');
    await page.waitForSelector('#add-passkey .notice.bad:not(:has(p))');
    await checkPage(page, `${name}-passkey-3-turned-away`, setting);
    await turn(true);
    await page.click('#add-passkey button');
    await page.waitForURL(/done=passkey/);
    await checkPage(page, `${name}-passkey-4-added`, setting);
    expect(await textOf(page, '#factors')).toMatch(/Chrome/);

    await page.click('#add-app summary');
    await page.fill('#add-app input[name=password]', PASSWORD);
    await page.click('#add-app button:not([data-passkey])');
    expect(await textOf(page, '#add-app .notice')).toMatch(
      setting.language === 'en' ? /One more thing/ : /还需要一步/,
    );
    await page.fill('#add-app input[name=password]', PASSWORD);
    await page.click('#add-app button[data-passkey]');
    await page.waitForSelector('#add-app [data-passkey-done]:not([hidden])');
    await checkPage(page, `${name}-passkey-5-proved`, setting);
    await page.click('#add-app button:not([data-passkey])');
    const secret = await textOf(page, '#secret');
    await page.fill('input[name=code]', appCode(secret));
    await page.click('form button');
    await page.click('#factors li:first-child summary');
    await checkPage(page, `${name}-passkey-6-both`, setting);

    const first = '#factors li:first-child';
    await page.fill(`${first} input[name=password]`, PASSWORD);
    await page.click(`${first} button[data-passkey]`);
    await page.waitForSelector(`${first} [data-passkey-done]:not([hidden])`);
    await page.click(`${first} button.brake`);
    await page.waitForURL(/done=removed/);
    expect(await page.locator('#factors li').count()).toBe(1);
  });
}

test('one device is added once, and an older browser can add a passkey', async () => {
  const [login] = (await makeFamily(bindery.db, 1)) as [string];
  const context = await openBrowser({ size: 'phone', javaScript: true });
  await context.addInitScript(() => {
    for (const name of ['parseCreationOptionsFromJSON', 'parseRequestOptionsFromJSON'])
      Reflect.deleteProperty(PublicKeyCredential, name);
  });
  const page = await context.newPage();
  await giveAuthenticator(page);
  await openSecurity(page, login);
  await page.click('#add-passkey summary');
  await page.fill('#add-passkey input[name=password]', PASSWORD);
  await page.click('#add-passkey button');
  await page.waitForURL(/done=passkey/);
  await page.click('#add-passkey summary');
  await page.fill('#add-passkey input[name=password]', PASSWORD);
  await page.click('#add-passkey button[data-passkey]');
  await page.waitForSelector('#add-passkey [data-passkey-done]:not([hidden])');
  await page.click('#add-passkey button:not([data-passkey])');
  await page.waitForSelector('#add-passkey .notice.bad');
  expect(await textOf(page, '#add-passkey .notice')).toMatch(/已经添加过/);
  expect(await page.locator('#factors li').count()).toBe(1);
});
