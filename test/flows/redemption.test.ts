import { describe, expect, test } from '@jest/globals';
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
  test('redeeming before any decision is authorization_pending', async () => {
    const { body } = await app.ask();
    expect(await errorOf(text(body, 'binding_request'))).toBe('authorization_pending');
    const [primary] = (await family(1)) as [string];
    expect(await errorOf((await offer(app, primary)).handle)).toBe('authorization_pending');
  });

  test('redeeming too soon is slow_down, and each time adds five seconds', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    expect(await errorOf(offered.handle)).toBe('authorization_pending');
    for (const interval of [10, 15]) {
      const { status, headers, body } = await app.redeem(offered.handle);
      expect([status, body.error, body.interval]).toStrictEqual([400, 'slow_down', interval]);
      expect(headers.get('cache-control') ?? '').toMatch(/no-store/);
    }
    await advance(managementUrl, 'PT10S');
    // The interval is fifteen seconds now, and only ten have passed.
    expect((await app.redeem(offered.handle)).body.interval).toBe(20);
    await advance(managementUrl, 'PT20S');
    expect(await errorOf(offered.handle)).toBe('authorization_pending');
    await answer(offered, sub);
    // A final answer is given even when it is asked for too soon.
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });
});

describe('redeeming a request that has ended (docs/protocol.md#redeeming)', () => {
  test('a request expires after 15 minutes, and its code with it [R7]', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    await advance(managementUrl, 'PT14M50S');
    expect(await errorOf(offered.handle)).toBe('authorization_pending');
    await advance(managementUrl, 'PT11S');
    expect(await errorOf(offered.handle)).toBe('expired_token');
    await expect(answer(offered, sub)).rejects.toThrow();
  });

  test('a request expires when the initiator does not come within an hour', async () => {
    const { body } = await app.ask();
    await advance(managementUrl, 'PT61M');
    expect(await errorOf(text(body, 'binding_request'))).toBe('expired_token');
  });

  test('a request that the initiator withdrew is expired_token', async () => {
    const [primary] = (await family(1)) as [string];
    const offered = await offer(app, primary);
    await decide(offered.browser, offered.waiting, 'refuse');
    expect(await errorOf(offered.handle)).toBe('expired_token');
  });

  test('a binding that both approved in time can be redeemed later', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    await answer(offered, sub);
    await advance(managementUrl, 'PT20M');
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });
});

describe('redeeming a refused request (docs/protocol.md#refusals)', () => {
  const restrict = async (login: string) =>
    await bindery.db.query(sql`update accounts set status = 'restricted' where login = ${login}`);

  // biome-ignore format: a table is read by its columns
  const REFUSED = [
    { refusal: 'refused_by_owner',   says: 'the counterparty says no',                          people: async () => await family(2), decision: 'refuse' },
    { refusal: 'not_verified',       says: 'one account is not real-name verified [R1]',       people: async () => [...(await family(1)), 'sunli'] },
    { refusal: 'different_owner',    says: 'the accounts belong to two owners [R1]',           people: async () => [...(await family(1)), 'zhaomin'] },
    { refusal: 'limit_reached',      says: 'a personal primary has three subs [R2]',           people: async () => ['chenwei', 'chenwei-4'] },
    { refusal: 'already_bound',      says: 'the sub has a primary already',                    people: async () => await withBoundSub() },
    { refusal: 'not_eligible',       says: 'the primary is a sub itself',                      people: async () => ['linxiao-eats', 'linxiao-reads'] },
    { refusal: 'not_eligible',       says: 'the sub is a primary itself',                      people: async () => await withPrimaryAsSub() },
    { refusal: 'not_eligible',       says: 'an enterprise primary has no administrator [R32]', people: async () => await makeFamily(bindery.db, 2, 'enterprise') },
    { refusal: 'account_restricted', says: 'one account is restricted',                        people: async () => await withRestricted() },
  ] as const;

  for (const { refusal, says, people, ...rest } of REFUSED) {
    test(`redeeming is ${refusal} when ${says}`, async () => {
      const [initiator, counterparty] = (await people()) as [string, string];
      const offered = await offer(app, initiator);
      const page = await answer(
        offered,
        counterparty,
        'decision' in rest ? rest.decision : 'approve',
      );
      expect([page.title, !page.hasForm('decision')]).toStrictEqual([page.title, true]);
      const { status, body } = await app.redeem(offered.handle);
      const { error_description: _words, appeal_uri: appeal, ...told } = body;
      expect([status, told]).toStrictEqual([400, { error: 'access_denied', refusal }]);
      expect(String(appeal).startsWith(`${issuer}/`)).toBe(true);
      // The appeal has a page.
      expect([200, 303]).toContain((await fetch(String(appeal), { redirect: 'manual' })).status);
      // The answer stays the same.
      expect(await errorOf(offered.handle)).toBe('access_denied');
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
  test('an unknown, empty, oversized or foreign handle is invalid_grant', async () => {
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
      expect([handle.slice(0, 20), [status, body.error]]).toStrictEqual([
        handle.slice(0, 20),
        [400, 'invalid_grant'],
      ]);
    }
    const stolen = await phone(issuer).redeem(offered.handle, await makeProofKey());
    expect([stolen.status, stolen.body.error]).toStrictEqual([400, 'invalid_grant']);
    for (const form of [undefined, '']) {
      const missing = await app.post('/token', {
        grant_type: GRANT,
        ...(form === undefined ? {} : { binding_request: form }),
      });
      expect([missing.status, missing.body.error]).toStrictEqual([400, 'invalid_request']);
    }
    // The right handle still works.
    expect((await app.redeem(offered.handle)).status).toBe(200);
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
    expect(answered.status).toBe(400);
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });

  test('a lost answer can be redeemed again for 60 s, then it is invalid_grant', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const { offer: offered, bindingId, token } = await bind(app, primary, sub);
    await advance(managementUrl, 'PT58S');
    const again = await app.redeem(offered.handle);
    expect([again.status, again.body.binding_id]).toStrictEqual([200, bindingId]);
    const [first, second] = [decodeJwt(token), decodeJwt(text(again.body, 'binding_token'))];
    expect(first.jti).not.toBe(second.jti);
    expect({ ...first, jti: 0, iat: 0, exp: 0 }).toStrictEqual({
      ...second,
      jti: 0,
      iat: 0,
      exp: 0,
    });
    // The 60 seconds run from the first redemption, not from the retry.
    await advance(managementUrl, 'PT3S');
    expect(await errorOf(offered.handle)).toBe('invalid_grant');
  });

  test('a first redemption with a key binds the retries to that key', async () => {
    const [primary, sub] = (await family(2)) as [string, string];
    const offered = await offer(app, primary);
    await answer(offered, sub);
    const key = await makeProofKey();
    expect((await app.redeem(offered.handle, key)).status).toBe(200);
    for (const wrong of [undefined, await makeProofKey()])
      expect((await app.redeem(offered.handle, wrong)).body.error).toBe('invalid_grant');
    expect((await app.redeem(offered.handle, key)).status).toBe(200);
  });
});

test('the answer has every member of docs/protocol.md#redeeming, no access token', async () => {
  const [primary, sub] = (await family(2)) as [string, string];
  const asked = details({ actions: ['comment'], privileges: [], datatypes: ['profile'] });
  const offered = await offer(app, primary, { asked });
  await answer(offered, sub);
  const { status, headers, body } = await app.redeem(offered.handle);
  const { binding_token: token, binding_id: bindingId, ...rest } = body;
  expect(status).toBe(200);
  expect(headers.get('cache-control') ?? '').toMatch(/no-store/);
  expect(rest).toStrictEqual({
    issued_token_type: 'urn:bindery:token-type:account-binding',
    token_type: 'N_A',
    expires_in: 3600,
    authorization_details: [{ ...asked, pack: 'douyin', locations: [] }],
  });
  expect(decodeJwt<{ binding: { id: string } }>(String(token)).binding.id).toBe(bindingId);
});
