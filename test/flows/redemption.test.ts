import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { sql } from '../../src/store/sql.ts';
import { details, GRANT, makeProofKey, phone, text, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { answer, bind, decide, makeFamily, offer } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, managementUrl, bindery } = await startServer();
const app = web(issuer);
const family = async (size: number) => await makeFamily(bindery.db, size);
const errorOf = async (handle: string) => (await app.redeem(handle)).body.error;

describe('redeeming before anybody has decided (docs/protocol.md#redeeming)', () => {
  test('authorization_pending before the initiator came, and while the other side is asked', async () => {
    const { body } = await app.ask();
    assert.equal(await errorOf(text(body, 'binding_request')), 'authorization_pending');
    const [primary] = (await family(1)) as [string];
    assert.equal(await errorOf((await offer(app, primary)).handle), 'authorization_pending');
  });

  test('slow_down for an app that asks too soon, and each time five seconds more', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    assert.equal(await errorOf(offered.handle), 'authorization_pending');
    for (const interval of [10, 15]) {
      const { status, headers, body } = await app.redeem(offered.handle);
      assert.deepEqual([status, body.error, body.interval], [400, 'slow_down', interval]);
      assert.match(headers.get('cache-control') ?? '', /no-store/);
    }
    await advance(managementUrl, 'PT10S');
    assert.equal(
      (await app.redeem(offered.handle)).body.interval,
      20,
      'ten seconds are too soon for fifteen',
    );
    await advance(managementUrl, 'PT20S');
    assert.equal(await errorOf(offered.handle), 'authorization_pending');
    await answer(offered, sub);
    assert.equal(
      (await app.redeem(offered.handle)).status,
      200,
      'an end is told however soon it is asked for',
    );
  });
});

describe('redeeming a request that has ended (docs/protocol.md#redeeming)', () => {
  test('R7 expired_token when 15 minutes have passed, and the code is dead', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    await advance(managementUrl, 'PT14M50S');
    assert.equal(await errorOf(offered.handle), 'authorization_pending');
    await advance(managementUrl, 'PT11S');
    assert.equal(await errorOf(offered.handle), 'expired_token');
    await assert.rejects(answer(offered, sub));
  });

  test('expired_token when the initiator never came within the hour', async () => {
    const { body } = await app.ask();
    await advance(managementUrl, 'PT61M');
    assert.equal(await errorOf(text(body, 'binding_request')), 'expired_token');
  });

  test('expired_token when the initiator took it back', async () => {
    const [primary] = (await family(1)) as [string];
    const offered = await offer(app, primary);
    await decide(offered.surfer, offered.waiting, 'refuse');
    assert.equal(await errorOf(offered.handle), 'expired_token');
  });

  test('a binding that both approved in time can be redeemed late', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    await answer(offered, sub);
    await advance(managementUrl, 'PT20M');
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });
});

describe('redeeming a refused request (docs/protocol.md#refusals)', () => {
  const restrict = async (login: string) =>
    await bindery.db.query(sql`update accounts set status = 'restricted' where login = ${login}`);

  // biome-ignore format: a table is read by its columns
  const REFUSED = [
    { refusal: 'refused_by_owner',   says: 'R1 the other side says no',                        people: async () => await family(2), decision: 'refuse' },
    { refusal: 'not_verified',       says: 'R1 one account is not real-name verified',         people: async () => [...(await family(1)), 'sunli'] },
    { refusal: 'different_owner',    says: 'R1 the accounts belong to two owners',             people: async () => [...(await family(1)), 'zhaomin'] },
    { refusal: 'limit_reached',      says: 'R2 a personal primary has three subs',             people: async () => ['chenwei', 'chenwei-4'] },
    { refusal: 'already_bound',      says: 'the sub has a primary already',                    people: async () => await withBoundSub() },
    { refusal: 'not_eligible',       says: 'the primary is a sub itself',                      people: async () => ['linxiao-eats', 'linxiao-reads'] },
    { refusal: 'not_eligible',       says: 'the sub is a primary itself',                      people: async () => await withPrimaryAsSub() },
    { refusal: 'not_eligible',       says: 'R32 an enterprise primary names no administrator', people: async () => await makeFamily(bindery.db, 2, 'enterprise') },
    { refusal: 'account_restricted', says: 'one account is restricted',                        people: async () => await withRestricted() },
  ] as const;

  for (const { refusal, says, people, ...rest } of REFUSED) {
    test(`${refusal} when ${says}`, async () => {
      const [initiator, counterparty] = (await people()) as [string, string];
      const offered = await offer(app, initiator);
      const page = await answer(
        offered,
        counterparty,
        'decision' in rest ? rest.decision : 'approve',
      );
      assert.ok(!page.hasForm('decision'), page.title);
      const { status, body } = await app.redeem(offered.handle);
      const { error_description: _words, appeal_uri: appeal, ...told } = body;
      assert.deepEqual([status, told], [400, { error: 'access_denied', refusal }]);
      assert.ok(String(appeal).startsWith(`${issuer}/`));
      assert.ok(
        [200, 303].includes((await fetch(String(appeal), { redirect: 'manual' })).status),
        'the appeal has a page',
      );
      assert.equal(await errorOf(offered.handle), 'access_denied', 'and it stays so');
    });
  }

  async function withBoundSub(): Promise<string[]> {
    const [one, two, sub] = (await family(3)) as [string, string, string];
    await bind(app, one, sub);
    return [two, sub];
  }

  async function withPrimaryAsSub(): Promise<string[]> {
    const [primary, middle, sub] = (await family(3)) as [string, string, string];
    await bind(app, middle, sub);
    return [primary, middle];
  }

  async function withRestricted(): Promise<string[]> {
    const [primary, sub] = (await family(2)) as [string, string];
    await restrict(sub);
    return [primary, sub];
  }
});

describe('redeeming a wrong handle (docs/protocol.md#redeeming)', () => {
  test('for a handle that is unknown, empty, oversized or another client’s', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    await answer(offered, sub);
    for (const handle of [
      'nothing',
      'x'.repeat(10_000),
      `${offered.handle}x`,
      offered.handle.slice(1),
      '\u0000',
      "' or 1=1 --",
    ]) {
      const { status, body } = await app.redeem(handle);
      assert.deepEqual([status, body.error], [400, 'invalid_grant'], handle.slice(0, 20));
    }
    const stolen = await phone(issuer).redeem(offered.handle, await makeProofKey());
    assert.deepEqual([stolen.status, stolen.body.error], [400, 'invalid_grant']);
    for (const form of [undefined, '']) {
      const missing = await app.post('/token', {
        grant_type: GRANT,
        ...(form === undefined ? {} : { binding_request: form }),
      });
      assert.deepEqual([missing.status, missing.body.error], [400, 'invalid_request']);
    }
    assert.equal((await app.redeem(offered.handle)).status, 200, 'and nothing was lost by it');
  });

  test('a repeated parameter is refused and costs nothing', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    await answer(offered, sub);
    const answered = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa('demo-web:demo-web-secret')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: `grant_type=urn%3Abindery%3Agrant-type%3Aaccount-binding&binding_request=${offered.handle}&binding_request=x`,
    });
    assert.equal(answered.status, 400);
    assert.equal((await app.redeem(offered.handle)).status, 200);
  });

  test('R6 a lost answer is asked for again within 60 s: the same binding, a fresh token; later it is invalid_grant', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const { offer: offered, bindingId, token } = await bind(app, primary, sub);
    await advance(managementUrl, 'PT58S');
    const again = await app.redeem(offered.handle);
    assert.deepEqual([again.status, again.body.binding_id], [200, bindingId]);
    const [first, second] = [decodeJwt(token), decodeJwt(text(again.body, 'binding_token'))];
    assert.notEqual(first.jti, second.jti);
    assert.deepEqual({ ...first, jti: 0, iat: 0, exp: 0 }, { ...second, jti: 0, iat: 0, exp: 0 });
    // The 60 seconds run from the first redemption, not from the retry.
    await advance(managementUrl, 'PT3S');
    assert.equal(await errorOf(offered.handle), 'invalid_grant');
  });

  test('a first redemption with a key ties the retries to that key', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    await answer(offered, sub);
    const key = await makeProofKey();
    assert.equal((await app.redeem(offered.handle, key)).status, 200);
    for (const wrong of [undefined, await makeProofKey()])
      assert.equal((await app.redeem(offered.handle, wrong)).body.error, 'invalid_grant');
    assert.equal((await app.redeem(offered.handle, key)).status, 200);
  });
});

test('the answer has every member of docs/protocol.md#redeeming, and no access token', async () => {
  const [primary, sub] = (await family(2)) as [string, string];
  const asked = details({ actions: ['comment'], privileges: [], datatypes: ['profile'] });
  const offered = await offer(app, primary, { asked });
  await answer(offered, sub);
  const { status, headers, body } = await app.redeem(offered.handle);
  const { binding_token: token, binding_id: bindingId, ...rest } = body;
  assert.equal(status, 200);
  assert.match(headers.get('cache-control') ?? '', /no-store/);
  assert.deepEqual(rest, {
    issued_token_type: 'urn:bindery:token-type:account-binding',
    token_type: 'N_A',
    expires_in: 3600,
    authorization_details: [{ ...asked, pack: 'douyin', locations: [] }],
  });
  assert.equal(decodeJwt<{ binding: { id: string } }>(String(token)).binding.id, bindingId);
});
