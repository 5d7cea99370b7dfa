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

/** Starts a binding in this browser, up to the initiator's consent, and answers it there as well; tells what the facts said of both. */
async function bindIn(
  context: BrowserContext,
): Promise<readonly [SignalFacts['initiator']['device'], SignalFacts['counterparty']['device']]> {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  // A binding of somebody else's, on the same device.
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

test('a browser makes a key that no script can take out of it, keeps it, and proves it on every form [R10, R21]', async () => {
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
  // the key survives a reload
  expect(((await keysIn(page)) as { point: string }).point).toBe(first.point);
  // and signs something new
  expect(await page.inputValue('input[name=device_proof]')).not.toBe(proof);
  await page.waitForFunction(() => /print=[0-9a-f]{32}/.test(document.cookie));
  await checkPage(page, 'device-sign-in', PHONE);
  // nobody else is told anything
  expect(outside).toStrictEqual([]);
  // and the security policy stops nothing
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
  // a copied cookie brings no key along, and makes one of its own
  expect([counterparty[0].key, counterparty[1].key]).toStrictEqual(['other', 'other']);
  // while the owner’s goes on
  expect((await bindIn(context)).map(({ key }) => key)).toStrictEqual(['held', 'held']);
});

test('a copied cookie in a browser that proves no key is lost [R10, R21]', async () => {
  const context = await openBrowser(PHONE);
  expect((await bindIn(context))[0].key).toBe('held');
  const thief = await openBrowser({ ...PHONE, javaScript: false });
  await thief.addCookies(
    (await context.cookies()).filter(({ name }) => name === 'bindery_browser'),
  );
  expect((await bindIn(thief)).map(({ key }) => key)).toStrictEqual(['lost', 'lost']);
});

test('without JavaScript, or without a place to keep a key, everything works and counts as none [R10, R21]', async () => {
  expect(
    (await bindIn(await openBrowser({ ...PHONE, javaScript: false }))).map(({ key }) => key),
  ).toStrictEqual(['none', 'none']);
  const forgetful = await openBrowser(PHONE);
  await forgetful.addInitScript(() => {
    Object.defineProperty(globalThis, 'indexedDB', { value: { open: () => ({}) } }); // never answers
  });
  // a form waits a moment, and goes without
  expect((await bindIn(forgetful)).map(({ key }) => key)).toStrictEqual(['none', 'none']);
});

test('client hints are asked for, and become traits [R21]', async () => {
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
  // what processor it is
  expect(row?.traits.at(-1)).not.toBe(0);
});

test('a browser draws the same on a sharper screen [R21]', async () => {
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
