import { describe, expect, test } from '@jest/globals';
import { text, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
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
import { Surfer } from '../support/surfer.ts';

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);
const family = async (size: number) => await makeFamily(bindery.db, size);

describe('stale pages, codes and sign-ins', () => {
  test('an approval session with an old code ends when the code is renewed [R7]', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    const [renew] = offered.waiting.formsEnding('/code');
    const fresh = await offered.surfer.press((renew as NonNullable<typeof renew>).form);
    expect((await pressNow(surfer, approval)).status).toBe(409);
    expect((await app.redeem(offered.handle)).body.error).toBe('authorization_pending');
    await decide(surfer, await arrive(surfer, fresh.textOfId('user-code'), sub));
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });

  test('an approval needs a sign-in of the last 300 s, else the password again', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    await advance(managementUrl, 'PT301S');
    const refused = await pressNow(surfer, approval);
    expect(refused.status).toBe(403);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([]);
    const again = await signIn(surfer, refused.page, sub);
    expect((await pressNow(surfer, again)).status).toBe(200);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([sub]);
  });

  test('an initiator’s approval needs a fresh sign-in too, in both channels', async () => {
    const [primary] = (await family(1)) as [string];
    const surfer = new Surfer(issuer);
    const startUri = text((await app.ask()).body, 'start_uri');
    const consent = await signIn(surfer, await surfer.open(startUri), primary);
    await advance(managementUrl, 'PT301S');
    const refused = await pressNow(surfer, consent);
    expect(refused.status).toBe(403);
    expect(refused.page.hasForm('login')).toBe(true);
    expect(
      (await decide(surfer, await signIn(surfer, refused.page, primary))).has('user-code'),
    ).toBe(true);
  });

  test('an approval page left open longer than its code binds nothing [R7]', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    await advance(managementUrl, 'PT15M1S');
    expect((await pressNow(surfer, approval)).status).not.toBe(200);
    expect(await subsOf(bindery.db, primary)).toStrictEqual([]);
    // The page no longer shows the code.
    expect((await offered.surfer.open(offered.waiting.url)).has('user-code')).toBe(false);
  });

  test('an expired code is renewed in the browser, without going back to the app [R7]', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    await advance(managementUrl, 'PT15M1S');
    const again = await surfer.open(started.waiting.link('continue'));
    const consent = again.hasForm('login') ? await signIn(surfer, again, primary) : again;
    const waiting = await decide(surfer, consent);
    expect(waiting.textOfId('user-code').replaceAll(' ', '')).not.toBe(started.code);
    const { result } = await answerHere(surfer, waiting, sub);
    expect((await surfer.leave(result.link('continue'))).searchParams.get('code')).toBeTruthy();
  });
});
