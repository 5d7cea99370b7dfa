import { expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { details, web } from '../support/apps.ts';
import { makeFamily } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { giveAuthenticator } from './authenticator.ts';
import { openBrowser, type Page, SETTINGS, type Setting } from './browser.ts';
import { checkPage, nameOf, PASSWORD, signIn, textOf } from './pages.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);
const phone: Setting = { size: 'phone', javaScript: true };

async function addPasskey(page: Page, login: string): Promise<void> {
  await page.goto(`${issuer}/account/security`);
  await signIn(page, login);
  await page.click('#add-passkey summary');
  await page.fill('#add-passkey input[name=password]', PASSWORD);
  await page.click('#add-passkey form button.button:not([type=button])');
  await page.waitForURL(/done=passkey/);
}

/** Ends the session as closing the browser does. The device stays known. */
async function signOut(page: Page): Promise<void> {
  const kept = (await page.context().cookies()).filter(({ name }) => name === 'bindery_browser');
  await page.context().clearCookies();
  await page.context().addCookies(kept);
}

for (const setting of SETTINGS) {
  const name = nameOf(setting);

  if (!setting.javaScript) {
    test(`without JavaScript a page offers the password only, ${name}`, async () => {
      const [login] = (await makeFamily(bindery.db, 1)) as [string];
      const page = await (await openBrowser(setting)).newPage();
      await page.goto(`${issuer}/account/security`);
      expect(await page.isVisible('#by-passkey')).toBe(false);
      expect(await page.getAttribute('input[name=login]', 'autocomplete')).toBe('username');
      await checkPage(page, `${name}-sign-in-0-password`, setting);
      await signIn(page, login);
      expect(new URL(page.url()).pathname).toBe('/account/security');
    });
    continue;
  }

  test(`an owner signs in by passkey after one cancelled try, ${name}`, async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const page = await (await openBrowser(setting)).newPage();
    const device = await giveAuthenticator(page);
    await addPasskey(page, login);
    const [credential] = await device.credentials();
    // The passkey is discoverable: it needs no login.
    expect(credential?.isResidentCredential).toBe(true);
    await signOut(page);
    await device.turn(false);
    await page.goto(`${issuer}/account/security`);
    await page.waitForSelector('#by-passkey:not([hidden])');
    await checkPage(page, `${name}-sign-in-1-ways`, setting);
    await page.click('#by-passkey button');
    await page.waitForSelector('#by-passkey .notice.bad');
    await checkPage(page, `${name}-sign-in-2-turned-away`, setting);
    await device.turn(true);
    await page.click('#by-passkey button');
    await page.waitForSelector('#factors');
    expect(new URL(page.url()).pathname).toBe('/account/security');
    expect(await textOf(page, '#factors')).toMatch(/Chrome/);
  });

  test(`a removed passkey is refused, and the password works, ${name}`, async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const context = await openBrowser(setting);
    await context.addInitScript(() =>
      Reflect.deleteProperty(PublicKeyCredential, 'isConditionalMediationAvailable'),
    );
    const page = await context.newPage();
    await giveAuthenticator(page);
    await addPasskey(page, login);
    await bindery.db.query(
      sql`delete from second_factors where account_id = (select id from accounts where login = ${login})`,
    );
    await signOut(page);
    await page.goto(`${issuer}/account/security`);
    await page.click('#by-passkey button');
    await page.waitForSelector('main > .notice.bad');
    expect(await textOf(page, 'main > .notice')).toMatch(
      setting.language === 'en' ? /did not sign you in/ : /没有登录成功/,
    );
    await checkPage(page, `${name}-sign-in-3-refused`, setting);
    await signIn(page, login);
    await page.waitForSelector('#add-passkey');
  });
}

test('on a phone two people sign in to a binding by passkey, without typing [R22]', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const context = await openBrowser(phone);
  const page = await context.newPage();
  const device = await giveAuthenticator(page);
  await addPasskey(page, primary);
  const ofPrimary = await device.credentials();
  await device.keep([]);
  await signOut(page);
  await addPasskey(page, sub);
  const ofSub = await device.credentials();
  await signOut(page);
  await bindery.db.query(
    sql`update second_factors set enrolled_at = enrolled_at - interval '30 days'`,
  );

  await device.keep(ofPrimary);
  await page.goto((await app.start(details())).url);
  await page.waitForSelector('button[value=approve]'); // the browser filled in its only passkey
  await device.keep(ofSub);
  await page.click('button[value=approve]');
  await page.click('#other-account-here');
  await page.waitForSelector('.care');
  await checkPage(page, 'autofilled-1-approval', phone);
  await page.click('button[value=approve]');
  await page.waitForSelector('#continue');
  const [row] = await bindery.db.query<{ since: (string | null)[]; keys: string[] }>(sql`
    select array[initiator_device ->> 'passkeySince', counterparty_device ->> 'passkeySince'] as since,
           array[d.facts #>> '{signals,initiator,device,key}', d.facts #>> '{signals,counterparty,device,key}'] as keys
      from binding_requests r join decisions d on d.request_id = r.id join accounts a on a.id = r.primary_id where a.login = ${primary}`);
  expect([row, Boolean(row?.since.every((since) => since !== null))]).toStrictEqual([row, true]);
  // The browser proved its device key as well.
  expect(row?.keys).toStrictEqual(['held', 'held']);
});

test('browsers without passkeys get no button, older ones without autofill do', async () => {
  const none = await openBrowser(phone);
  await none.addInitScript(() => Reflect.deleteProperty(globalThis, 'PublicKeyCredential'));
  const plain = await none.newPage();
  await plain.goto(`${issuer}/account/sign-in`);
  await plain.waitForLoadState('networkidle');
  expect(await plain.isVisible('#by-passkey')).toBe(false);
  expect(await plain.getAttribute('input[name=login]', 'autocomplete')).toBe('username');

  const [login] = (await makeFamily(bindery.db, 1)) as [string];
  const old = await openBrowser(phone);
  await old.addInitScript(() => {
    for (const missing of [
      'parseCreationOptionsFromJSON',
      'parseRequestOptionsFromJSON',
      'isConditionalMediationAvailable',
    ])
      Reflect.deleteProperty(PublicKeyCredential, missing);
  });
  const page = await old.newPage();
  await giveAuthenticator(page);
  await addPasskey(page, login);
  await signOut(page);
  await page.goto(`${issuer}/account/security`);
  await page.click('#by-passkey button');
  await page.waitForSelector('#factors');
});

test('a page left open asks for a new challenge before its own expires', async () => {
  const [login] = (await makeFamily(bindery.db, 1)) as [string];
  const page = await (await openBrowser(phone)).newPage();
  const device = await giveAuthenticator(page);
  await addPasskey(page, login);
  await signOut(page);
  await device.touch(false);
  await page.clock.install();
  let asked = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/sign-in/passkey') asked += 1;
  });
  await page.goto(`${issuer}/account/security`);
  await page.waitForResponse(/sign-in\/passkey/).catch(() => {});
  expect(asked).toBe(1);
  const again = page.waitForResponse(/sign-in\/passkey/);
  await page.clock.runFor(241_000);
  await again;
  expect(asked).toBe(2);
});
