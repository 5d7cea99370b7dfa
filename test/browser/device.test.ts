import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import type { SignalFacts } from '../../src/policy/signal-facts.ts';
import { sql } from '../../src/store/sql.ts';
import { details, web } from '../support/apps.ts';
import { makeFamily } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { type BrowserContext, openBrowser, type Page, type Setting } from './browser.ts';
import { checkPage, signIn } from './pages.ts';

const { issuer, bindery } = await startServer();
const { db } = bindery;
const app = web(issuer);
const PHONE: Setting = { size: 'phone', javaScript: true };

/** Starts and answers a binding in this browser; gives the device facts of both sides. */
async function bindIn(
  context: BrowserContext,
): Promise<readonly [SignalFacts['initiator']['device'], SignalFacts['counterparty']['device']]> {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  // The binding of another owner, on the same device.
  const lasting = (await context.cookies()).filter(
    ({ name }) => name === 'bindery_browser' || name === 'bindery_look',
  );
  await context.clearCookies();
  await context.addCookies(lasting);
  const page = await context.newPage();
  await page.goto((await app.start(details())).url);
  await signIn(page, primary);
  await page.click('button[value=approve]');
  await page.click('#other-account-here');
  await signIn(page, sub);
  await page.click('button[value=approve]');
  await page.waitForSelector('#continue');
  await page.close();
  const [row] = await db.query<{ signals: SignalFacts }>(sql`
    select d.facts -> 'signals' as signals from decisions d join binding_requests r on r.id = d.request_id
      join accounts a on a.id = r.primary_id where a.login = ${primary}`);
  assert.ok(row);
  return [row.signals.initiator.device, row.signals.counterparty.device];
}

async function keysIn(page: Page): Promise<unknown> {
  return await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const opening = indexedDB.open('bindery', 1);
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    const reading = database.transaction('keys').objectStore('keys').get('device');
    const pair = await new Promise<CryptoKeyPair>((resolve) => {
      reading.onsuccess = () => resolve(reading.result as CryptoKeyPair);
    });
    database.close();
    const point = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const taken = await crypto.subtle.exportKey('jwk', pair.privateKey).then(
      () => true,
      () => false,
    );
    return { extractable: pair.privateKey.extractable, taken, point: [...point].join() };
  });
}

test('a browser proves a device key that no script can read, on every form [R10, R21]', async () => {
  const context = await openBrowser(PHONE);
  const page = await context.newPage();
  const outside: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== issuer) outside.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(`${issuer}/account/sign-in`);
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('input[name=device_proof]')?.value !== '',
  );
  const first = (await keysIn(page)) as { extractable: boolean; taken: boolean; point: string };
  expect([first.extractable, first.taken]).toStrictEqual([false, false]);
  const proof = await page.inputValue('input[name=device_proof]');
  await page.reload();
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('input[name=device_proof]')?.value !== '',
  );
  // The key survives a reload.
  expect(((await keysIn(page)) as { point: string }).point).toBe(first.point);
  // The key signs a new nonce.
  expect(await page.inputValue('input[name=device_proof]')).not.toBe(proof);
  await page.waitForFunction(() => /print=[0-9a-f]{32}/.test(document.cookie));
  await checkPage(page, 'device-sign-in', PHONE);
  // No request goes to another site.
  expect(outside).toStrictEqual([]);
  // The content security policy blocks nothing.
  expect(errors).toStrictEqual([]);
  await page.close();

  const held = await bindIn(context);
  expect([held[0].key, held[1].key, held[0].drift]).toStrictEqual(['held', 'held', 0]);

  const thief = await openBrowser(PHONE);
  const cookies = (await context.cookies()).filter(
    ({ name }) => name === 'bindery_browser' || name === 'bindery_look',
  );
  expect(cookies.length).toBe(2);
  await thief.addCookies(cookies);
  const counterparty = await bindIn(thief);
  // A browser with a copied cookie makes another key.
  expect([counterparty[0].key, counterparty[1].key]).toStrictEqual(['other', 'other']);
  // The owner’s key still works.
  expect((await bindIn(context)).map(({ key }) => key)).toStrictEqual(['held', 'held']);
});

test('a copied cookie loses the device in a browser that proves no key [R10, R21]', async () => {
  const context = await openBrowser(PHONE);
  expect((await bindIn(context))[0].key).toBe('held');
  const thief = await openBrowser({ ...PHONE, javaScript: false });
  await thief.addCookies(
    (await context.cookies()).filter(({ name }) => name === 'bindery_browser'),
  );
  expect((await bindIn(thief)).map(({ key }) => key)).toStrictEqual(['lost', 'lost']);
});

test('without JavaScript or key storage everything works, with no device key', async () => {
  expect(
    (await bindIn(await openBrowser({ ...PHONE, javaScript: false }))).map(({ key }) => key),
  ).toStrictEqual(['none', 'none']);
  const forgetful = await openBrowser(PHONE);
  await forgetful.addInitScript(() => {
    // never answers
    Object.defineProperty(globalThis, 'indexedDB', { value: { open: () => ({}) } });
  });
  // A form waits for a moment, then goes without a key.
  expect((await bindIn(forgetful)).map(({ key }) => key)).toStrictEqual(['none', 'none']);
});

test('client hints become traits of the device [R21]', async () => {
  const context = await openBrowser({ size: 'desk', javaScript: true });
  const page = await context.newPage();
  const [login] = (await makeFamily(db, 1)) as [string];
  await page.goto(`${issuer}/account/sign-in`);
  const posted = page.waitForRequest((request) => request.method() === 'POST');
  await signIn(page, login);
  const headers = await (await posted).allHeaders();
  expect([headers, Boolean(headers['sec-ch-ua-arch'])]).toStrictEqual([headers, true]);
  expect(headers['sec-ch-ua-platform-version']).not.toBe(undefined);
  const [row] = await db.query<{ traits: number[] }>(
    sql`select traits from signals join accounts on accounts.id = account_id where login = ${login}`,
  );
  expect(row?.traits.length).toBe(13);
  // The processor architecture is a trait.
  expect(row?.traits.at(-1)).not.toBe(0);
});

test('a browser has the same canvas print on a sharper screen [R21]', async () => {
  const drawn = (['phone', 'desk'] as const).map(async (size) => {
    const page = await (await openBrowser({ size, javaScript: true })).newPage();
    await page.goto(`${issuer}/account/sign-in`);
    await page.waitForFunction(() => document.cookie.includes('canvas='));
    return await page.evaluate(() => [
      devicePixelRatio,
      /\bcanvas=(\d+)/.exec(document.cookie)?.[1],
    ]);
  });
  const [sharp, plain] = await Promise.all(drawn);
  expect([sharp?.[0], plain?.[0]]).toStrictEqual([2, 1]);
  assert.ok(plain?.[1]);
  expect(sharp?.[1]).toBe(plain[1]);
});
