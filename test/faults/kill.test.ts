import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { Database } from '../../src/store/database.ts';
import { databaseUrlOf, startEmbedded } from '../../src/store/embedded.ts';
import { sql } from '../../src/store/sql.ts';
import { details, makeProofKey, phone, text, web } from '../support/apps.ts';
import { makeChild } from '../support/child.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  answer,
  answerHere,
  arrive,
  decide,
  makeFamily,
  offer,
  signIn,
} from '../support/journeys.ts';
import { readStatus } from '../support/relying-party.ts';

const child = await makeChild();
const { issuer } = child;
const DATA_DIR = await mkdtemp(join(tmpdir(), 'bindery-kill-'));
await chmod(DATA_DIR, 0o755); // the database user may have to enter
let db: Database;

/**
 * What `npm start` runs. The embedded PostgreSQL survives each kill, and the next start uses it.
 */
beforeAll(async () => {
  await child.start({ DATA_DIR });
  db = new Database(databaseUrlOf(DATA_DIR), { max: 2 });
});

afterAll(async () => {
  await db?.close();
  // a failed test can leave it running
  if (await runs(databaseUrlOf(DATA_DIR))) await (await startEmbedded(DATA_DIR)).stop();
  await rm(DATA_DIR, { recursive: true, force: true });
});

async function runs(url: string): Promise<boolean> {
  const probe = new Database(url, { max: 1 });
  const up = await probe.ping().then(
    () => true,
    () => false,
  );
  await probe.close();
  return up;
}

async function killAndStart(): Promise<void> {
  await child.kill();
  await child.start();
}

async function bindingsOf(primary: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(sql`
    select count(*)::int as count from bindings where primary_id = (select id from accounts where login = ${primary}) and state = 'active'`);
  return row?.count ?? -1;
}

/** Kills the server some time after a request was sent; tells whether an answer came. */
async function lost(
  sent: Promise<unknown>,
  afterMilliseconds: number,
): Promise<'answered' | 'lost'> {
  const outcome = sent.then(
    () => 'answered' as const,
    () => 'lost' as const,
  );
  await sleep(afterMilliseconds);
  await child.kill();
  return await outcome;
}

describe('kill -9 between any two steps of a binding', () => {
  test('a binding in one browser goes on after kill -9 at each step [R6, R7]', async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const app = web(issuer);
    const browser = new HttpBrowser(issuer);
    const started = await app.start(details());
    await killAndStart(); // after PAR
    const signInPage = await browser.open(started.url);
    await killAndStart(); // before the sign-in is sent
    const consent = await signIn(browser, signInPage, primary);
    const waiting = await decide(browser, consent);
    const code = waiting.textOfId('user-code');
    await killAndStart(); // after the initiator's approval
    const reloaded = await browser.open(waiting.url);
    // The page still shows the code, although the server stores only a hash.
    expect(reloaded.textOfId('user-code')).toBe(code);
    const { result } = await answerHere(browser, reloaded, sub);
    await killAndStart(); // after the counterparty's approval
    const callback = await browser.leave(result.link('continue'));
    await killAndStart(); // before the code is exchanged
    const { status, body } = await app.exchange(callback, started);
    expect([body, status]).toStrictEqual([body, 200]);
    const [detail] = body.authorization_details as [{ binding_request: string }];
    const first = await app.redeem(detail.binding_request);
    await killAndStart(); // after the redemption, as if its answer was lost
    const again = await app.redeem(detail.binding_request);
    expect([again.status, again.body.binding_id]).toStrictEqual([200, first.body.binding_id]);
    const [one, two] = [first, again].map((told) => decodeJwt(text(told.body, 'binding_token')));
    expect(one?.jti).not.toBe(two?.jti);
    // The signing keys survived all kills.
    expect((await readStatus(issuer, text(first.body, 'binding_token'))).status).toBe(0);
    expect(await bindingsOf(primary)).toBe(1);
  });

  test('a phone app’s request survives kill -9 and stays bound to its key [R6]', async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const key = await makeProofKey();
    const app = phone(issuer);
    const offered = await offer(app, primary, { key });
    const counterparty = new HttpBrowser(issuer);
    const approval = await arrive(counterparty, offered.code, sub);
    for (const interval of [undefined, 10, 15, 20, 25])
      expect((await app.redeem(offered.handle, key)).body.interval).toBe(interval);
    await killAndStart();
    // The polling interval survived as well.
    expect((await app.redeem(offered.handle, key)).body.interval).toBe(30);
    await decide(counterparty, approval);
    await killAndStart();
    expect((await app.redeem(offered.handle)).body.error).toBe('invalid_grant');
    expect((await app.redeem(offered.handle, key)).status).toBe(200);
  });
});

describe('kill -9 in the middle of a step', () => {
  /** When to kill, as a part of the time that the step takes right after a start. */
  const PARTS = [0.4, 0.7, 0.9, 1.1];

  /** Measures `step` right after a start and `prepare`. */
  async function measure<T>(
    prepare: () => Promise<T>,
    step: (prepared: T) => Promise<unknown>,
  ): Promise<number> {
    await killAndStart();
    const prepared = await prepare();
    const startedAt = performance.now();
    await step(prepared);
    return performance.now() - startedAt;
  }

  const readyToApprove = async () => {
    const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
    const offered = await offer(web(issuer), primary);
    const browser = new HttpBrowser(issuer);
    const form = (await arrive(browser, offered.code, sub)).form('decision', 'approve');
    return {
      primary,
      offered,
      approve: async () =>
        await browser.go(form.action, { form: form.filled({ decision: 'approve' }) }),
    };
  };

  test('an approval hit by kill -9 is whole or absent, and a retry binds once', async () => {
    const takes = await measure(readyToApprove, async ({ approve }) => await approve());
    for (const part of PARTS) {
      const { primary, offered, approve } = await readyToApprove();
      const outcome = await lost(approve(), part * takes);
      const [row] = await db.query<{ state: string; whole: boolean }>(sql`
        select r.state, (r.state = 'approved') = exists (select 1 from bindings b where b.id = r.binding_id)
                    and (r.state = 'approved') = exists (select 1 from events e where e.stream = r.binding_id)
                    and (r.state = 'approved') = exists (select 1 from decisions d where d.request_id = r.id) as whole
          from binding_requests r where r.initiator_id = (select id from accounts where login = ${primary})`);
      assert.ok(row?.whole, `after ${part} of ${takes} ms: ${row?.state}`);
      if (outcome === 'answered') expect(row.state).toBe('approved'); // an answer means a commit
      await child.start();
      expect((await approve()).status).toBe(row.state === 'approved' ? 409 : 200);
      expect((await web(issuer).redeem(offered.handle)).status).toBe(200);
      expect(await bindingsOf(primary)).toBe(1);
    }
  });

  const readyToRedeem = async () => {
    const { primary, offered, approve } = await readyToApprove();
    await approve();
    return { primary, redeem: async () => await web(issuer).redeem(offered.handle) };
  };

  test('a redemption whose answer was lost to kill -9 gives the same binding again', async () => {
    const takes = await measure(readyToRedeem, async ({ redeem }) => await redeem());
    for (const part of PARTS) {
      const { primary, redeem } = await readyToRedeem();
      await lost(redeem(), part * takes);
      await child.start();
      const { status, body } = await redeem();
      expect([body, status]).toStrictEqual([body, 200]);
      const [row] = await db.query<{ bindings: number; redeemed: number }>(sql`
        select (select count(*) from bindings where primary_id = (select id from accounts where login = ${primary}))::int as bindings,
               (select count(*) from audit_log where action = 'binding-request.redeemed'
                  and subject = (select id from binding_requests where binding_id = ${body.binding_id}))::int as redeemed`);
      expect(row).toStrictEqual({ bindings: 1, redeemed: 1 });
    }
  });

  const readyToExchange = async () => {
    const [login] = (await makeFamily(db, 1)) as [string];
    const browser = new HttpBrowser(issuer);
    const started = await web(issuer).start();
    const form = (await signIn(browser, await browser.open(started.url), login)).form(
      'decision',
      'approve',
    );
    const { location } = await browser.go(form.action, {
      form: form.filled({ decision: 'approve' }),
    });
    return async () => await web(issuer).exchange(location as URL, started);
  };

  test('a code exchange hit by kill -9 is never done twice', async () => {
    const takes = await measure(readyToExchange, async (exchange) => await exchange());
    for (const part of PARTS) {
      const exchange = await readyToExchange();
      const outcome = await lost(exchange(), part * takes);
      await child.start();
      const again = await exchange();
      expect([
        again.body,
        again.status === 200 || again.body.error === 'invalid_grant',
      ]).toStrictEqual([again.body, true]);
      if (outcome === 'answered') expect(again.body.error).toBe('invalid_grant');
    }
  });
});

test('an orderly stop ends PostgreSQL, and the next start has the data', async () => {
  const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
  const offered = await offer(web(issuer), primary);
  await db.close();
  await child.stop();
  expect(await runs(databaseUrlOf(DATA_DIR))).toBe(false);
  await child.start();
  db = new Database(databaseUrlOf(DATA_DIR), { max: 2 });
  await answer(offered, sub);
  expect((await web(issuer).redeem(offered.handle)).status).toBe(200);
});
