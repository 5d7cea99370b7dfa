import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('R10 R21 a browser makes a key that no script can take out of it, keeps it, and proves it on every form', async () => {
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
  assert.deepEqual([first.extractable, first.taken], [false, false]);
  const proof = await page.inputValue('input[name=device_proof]');
  await page.reload();
  await page.waitForFunction(
    () => document.querySelector<HTMLInputElement>('input[name=device_proof]')?.value !== '',
  );
  assert.equal(
    ((await keysIn(page)) as { point: string }).point,
    first.point,
    'the key survives a reload',
  );
  assert.notEqual(
    await page.inputValue('input[name=device_proof]'),
    proof,
    'and signs something new',
  );
  await page.waitForFunction(() => /print=[0-9a-f]{32}/.test(document.cookie));
  await checkPage(page, 'device-sign-in', PHONE);
  assert.deepEqual(outside, [], 'nobody else is told anything');
  assert.deepEqual(errors, [], 'and the security policy stops nothing');
  await page.close();

  const held = await bindIn(context);
  assert.deepEqual([held[0].key, held[1].key, held[0].drift], ['held', 'held', 0]);

  const thief = await openBrowser(PHONE);
  const cookies = (await context.cookies()).filter(
    ({ name }) => name === 'bindery_browser' || name === 'bindery_look',
  );
  assert.equal(cookies.length, 2);
  await thief.addCookies(cookies);
  const counterparty = await bindIn(thief);
  assert.deepEqual(
    [counterparty[0].key, counterparty[1].key],
    ['other', 'other'],
    'a copied cookie brings no key along, and makes one of its own',
  );
  assert.deepEqual(
    (await bindIn(context)).map(({ key }) => key),
    ['held', 'held'],
    'while the owner’s goes on',
  );
});

test('R10 R21 a copied cookie in a browser that proves no key is lost', async () => {
  const context = await openBrowser(PHONE);
  assert.equal((await bindIn(context))[0].key, 'held');
  const thief = await openBrowser({ ...PHONE, javaScript: false });
  await thief.addCookies(
    (await context.cookies()).filter(({ name }) => name === 'bindery_browser'),
  );
  assert.deepEqual(
    (await bindIn(thief)).map(({ key }) => key),
    ['lost', 'lost'],
  );
});

test('R10 R21 without JavaScript, or without a place to keep a key, everything works and counts as none', async () => {
  assert.deepEqual(
    (await bindIn(await openBrowser({ ...PHONE, javaScript: false }))).map(({ key }) => key),
    ['none', 'none'],
  );
  const forgetful = await openBrowser(PHONE);
  await forgetful.addInitScript(() => {
    Object.defineProperty(globalThis, 'indexedDB', { value: { open: () => ({}) } }); // never answers
  });
  assert.deepEqual(
    (await bindIn(forgetful)).map(({ key }) => key),
    ['none', 'none'],
    'a form waits a moment, and goes without',
  );
});

test('R21 client hints are asked for, and become traits', async () => {
  const context = await openBrowser({ size: 'desk', javaScript: true });
  const page = await context.newPage();
  const [login] = (await makeFamily(db, 1)) as [string];
  await page.goto(`${issuer}/account/sign-in`);
  const posted = page.waitForRequest((request) => request.method() === 'POST');
  await signIn(page, login);
  const headers = await (await posted).allHeaders();
  assert.ok(headers['sec-ch-ua-arch'], JSON.stringify(headers));
  assert.ok(headers['sec-ch-ua-platform-version'] !== undefined);
  const [row] = await db.query<{ traits: number[] }>(
    sql`select traits from signals join accounts on accounts.id = account_id where login = ${login}`,
  );
  assert.equal(row?.traits.length, 13);
  assert.notEqual(row?.traits.at(-1), 0, 'what processor it is');
});

test('R21 a browser draws the same on a sharper screen', async () => {
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
  assert.deepEqual([sharp?.[0], plain?.[0]], [2, 1]);
  assert.ok(plain?.[1]);
  assert.equal(sharp?.[1], plain[1]);
});
