import { describe, expect, test } from '@jest/globals';
import { text, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  answerHere,
  arrive,
  decide,
  makeFamily,
  offer,
  pressNow,
  signIn,
  startInBrowser,
  subsOf,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);
const family = async (size: number) => await makeFamily(bindery.db, size);

describe('stale pages, codes and sign-ins', () => {
  test('an approval session with an old code ends when the code is renewed [R7]', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const approval = await arrive(browser, offered.code, sub);
    const [renew] = offered.waiting.formsEnding('/code');
    const fresh = await offered.browser.press((renew as NonNullable<typeof renew>).form);
    expect((await pressNow(browser, approval)).status).toBe(409);
    expect((await app.redeem(offered.handle)).body.error).toBe('authorization_pending');
    await decide(browser, await arrive(browser, fresh.textOfId('user-code'), sub));
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });

  test('an approval needs a sign-in of the last 300 s, else the password again', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const approval = await arrive(browser, offered.code, sub);
    await advance(managementUrl, 'PT301S');
    const refused = await pressNow(browser, approval);
    expect(refused.status).toBe(403);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([]);
    const again = await signIn(browser, refused.page, sub);
    expect((await pressNow(browser, again)).status).toBe(200);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([sub]);
  });

  test('an initiator’s approval needs a fresh sign-in too, in both channels', async () => {
    const [primary] = (await family(1)) as [string];
    const browser = new HttpBrowser(issuer);
    const startUri = text((await app.ask()).body, 'start_uri');
    const consent = await signIn(browser, await browser.open(startUri), primary);
    await advance(managementUrl, 'PT301S');
    const refused = await pressNow(browser, consent);
    expect(refused.status).toBe(403);
    expect(refused.page.hasForm('login')).toBe(true);
    expect(
      (await decide(browser, await signIn(browser, refused.page, primary))).has('user-code'),
    ).toBe(true);
  });

  test('an approval page left open longer than its code binds nothing [R7]', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const browser = new HttpBrowser(issuer);
    const approval = await arrive(browser, offered.code, sub);
    await advance(managementUrl, 'PT15M1S');
    expect((await pressNow(browser, approval)).status).not.toBe(200);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([]);
    // The page no longer shows the code.
    expect((await offered.browser.open(offered.waiting.url)).has('user-code')).toBe(false);
  });

  test('an expired code is renewed in the browser, without going back to the app [R7]', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    await advance(managementUrl, 'PT15M1S');
    const again = await browser.open(started.waiting.link('continue'));
    const consent = again.hasForm('login') ? await signIn(browser, again, primary) : again;
    const waiting = await decide(browser, consent);
    expect(waiting.textOfId('user-code').replaceAll(' ', '')).not.toBe(started.code);
    const { result } = await answerHere(browser, waiting, sub);
    expect((await browser.leave(result.link('continue'))).searchParams.get('code')).toBeTruthy();
  });
});
