import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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

describe('what has grown old', () => {
  test('R7 an approval session opened with an older code is over when the code is renewed', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    const [renew] = offered.waiting.formsEnding('/code');
    const fresh = await offered.surfer.press((renew as NonNullable<typeof renew>).form);
    assert.equal((await pressNow(surfer, approval)).status, 409);
    assert.equal((await app.redeem(offered.handle)).body.error, 'authorization_pending');
    await decide(surfer, await arrive(surfer, fresh.textOfId('user-code'), sub));
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });

  test('a sign-in older than 300 s approves nothing: the page asks for the password again, and then goes on', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    await advance(managementUrl, 'PT301S');
    const refused = await pressNow(surfer, approval);
    assert.equal(refused.status, 403);
    assert.deepEqual(await subsOf(bindery.db, primary), []);
    const again = await signIn(surfer, refused.page, sub);
    assert.equal((await pressNow(surfer, again)).status, 200);
    assert.deepEqual(await subsOf(bindery.db, primary), [sub]);
  });

  test('nor does a initiator’s, in either way', async () => {
    const [primary] = (await family(1)) as [string];
    const surfer = new Surfer(issuer);
    const startUri = text((await app.ask()).body, 'start_uri');
    const consent = await signIn(surfer, await surfer.open(startUri), primary);
    await advance(managementUrl, 'PT301S');
    const refused = await pressNow(surfer, consent);
    assert.equal(refused.status, 403);
    assert.ok(refused.page.hasForm('login'));
    assert.ok((await decide(surfer, await signIn(surfer, refused.page, primary))).has('user-code'));
  });

  test('R7 an approval page that stayed open longer than the code lives binds nothing', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    const surfer = new Surfer(issuer);
    const approval = await arrive(surfer, offered.code, sub);
    await advance(managementUrl, 'PT15M1S');
    assert.notEqual((await pressNow(surfer, approval)).status, 200);
    assert.deepEqual(await subsOf(bindery.db, primary), []);
    assert.ok(
      !(await offered.surfer.open(offered.waiting.url)).has('user-code'),
      'and the code is shown no more',
    );
  });

  test('R7 in one browser a code that ran out is replaced without going back to the app', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    await advance(managementUrl, 'PT15M1S');
    const again = await surfer.open(started.waiting.link('continue'));
    const consent = again.hasForm('login') ? await signIn(surfer, again, primary) : again;
    const waiting = await decide(surfer, consent);
    assert.notEqual(waiting.textOfId('user-code').replaceAll(' ', ''), started.code);
    const { result } = await answerHere(surfer, waiting, sub);
    assert.ok((await surfer.leave(result.link('continue'))).searchParams.get('code'));
  });
});
