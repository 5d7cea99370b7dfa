import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errors } from 'oidc-provider';
import { adapterOver } from '../../src/oidc/adapter.ts';
import { fromArtifact, keyOf, toWrite } from '../../src/oidc/artifact.ts';
import { deleteExpired } from '../../src/oidc/artifacts.store.ts';
import { ClientRegistry } from '../../src/oidc/client-registry.ts';
import { sql } from '../../src/store/sql.ts';
import { startStand } from './stand.ts';
import {
  authorizationParams,
  Browser,
  exchange,
  getCode,
  getTokens,
  pkce,
  post,
  refresh,
  type Tokens,
} from './walk.ts';

const stand = await startStand();
const { db, provider } = stand;
const adapters = adapterOver(db, new ClientRegistry(db));
const now = () => Math.floor(Date.now() / 1000);

describe('a stolen table opens nothing', () => {
  test('no code, token, session, interaction or request URI of a whole walk stands in it', async () => {
    const seen: string[] = [];
    const browser = new Browser(stand.base);
    const pushed = await post(
      stand,
      '/request',
      Object.fromEntries(authorizationParams(pkce().challenge)),
    );
    const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
    seen.push(requestUri.split(':').at(-1) as string);
    const first = await browser.get(`${stand.base}/auth?${authorizationParams(pkce().challenge)}`);
    seen.push(
      browser.cookie('resume') as string,
      (first.headers.get('location') as string).split('/').at(-1) as string,
    );
    const stopped = await db.query<{ row: string }>(
      sql`select a::text as row from oidc_artifacts a`,
    );
    const code = await getCode(stand, browser);
    seen.push(code.code, browser.cookie('session') as string);
    const tokens = (await (await exchange(stand, code)).json()) as Tokens;
    const next = (await (await refresh(stand, tokens.refresh_token)).json()) as Tokens;
    seen.push(tokens.access_token, tokens.refresh_token, next.access_token, next.refresh_token);
    const stored = [
      ...stopped,
      ...(await db.query<{ row: string }>(sql`select a::text as row from oidc_artifacts a`)),
    ];
    assert.ok(stored.length > 8);
    for (const value of seen) {
      assert.ok(value.length >= 20);
      assert.ok(!stored.some(({ row }) => row.includes(value)), value);
    }
  });

  test('a key read from the table is no value that could be presented', async () => {
    const { access_token: token } = await getTokens(stand);
    const key = keyOf('AccessToken', token);
    assert.ok(await provider.AccessToken.find(token));
    assert.equal(await provider.AccessToken.find(key), undefined);
    assert.equal(await provider.AccessToken.find(`#${key}`), undefined);
  });
});

describe('outside a request every call is its own statement', () => {
  test('a row comes back as it was given, and what was consumed is consumed once', async () => {
    const codes = adapters('AuthorizationCode');
    await codes.upsert(
      'a-code',
      { jti: 'a-code', grantId: 'g1', exp: now() + 60, scope: 'openid' },
      60,
    );
    assert.deepEqual(await codes.find('a-code'), {
      jti: 'a-code',
      grantId: 'g1',
      exp: now() + 60,
      scope: 'openid',
    });
    await codes.consume('a-code');
    assert.equal(typeof (await codes.find('a-code'))?.consumed, 'number');
    await assert.rejects(async () => await codes.consume('a-code'), errors.InvalidGrant);
    await codes.revokeByGrantId('g1');
    assert.equal(await codes.find('a-code'), undefined);
  });

  test('a proof is stored once', async () => {
    assert.equal(await provider.ReplayDetection.unique('c', 'one', now() + 60), true);
    await assert.rejects(
      async () => await provider.ReplayDetection.unique('c', 'one', now() + 60),
      errors.InvalidGrant,
    );
  });

  test('an ended session stays ended, whichever way it is written', async () => {
    const sessions = adapters('Session');
    const payload = { jti: 's1', uid: 'u1', accountId: 'a', exp: now() + 60 };
    await sessions.upsert('s1', payload, 60);
    assert.equal((await sessions.findByUid('u1'))?.accountId, 'a');
    await sessions.destroy('s1');
    assert.equal(await sessions.find('s1'), undefined);
    assert.equal(await sessions.findByUid('u1'), undefined);
    await assert.rejects(async () => await sessions.upsert('s1', payload, 60));
    await assert.rejects(async () => await sessions.upsert('s2', { ...payload, jti: 's2' }, 60)); // another id, the same session
    const [row] = await db.query<{ payload: object }>(
      sql`select payload from oidc_artifacts where uid = 'u1'`,
    );
    assert.deepEqual(row?.payload, {});
  });

  test('a session found by its uid can be ended', async () => {
    await adapters('Session').upsert(
      's3',
      { jti: 's3', uid: 'u3', accountId: 'a', exp: now() + 60 },
      60,
    );
    const session = await provider.Session.findByUid('u3');
    await session?.destroy();
    assert.equal(await provider.Session.find('s3'), undefined);
  });
});

describe("the database's clock decides", () => {
  test('an expired row is not found, whatever this process thinks', async () => {
    const tokens = adapters('RefreshToken');
    await tokens.upsert('r1', { jti: 'r1', exp: now() + 600 }, 600);
    await db.query(
      sql`update oidc_artifacts set expires_at = now() - interval '1 second' where id = ${keyOf('RefreshToken', 'r1')}`,
    );
    assert.equal(await tokens.find('r1'), undefined);
  });

  test('a process whose clock is ahead does not call a live row expired', () => {
    const row = { model: 'RefreshToken', key: 'k', uid: null, consumedAt: null, consumedFor: null };
    const ahead = fromArtifact(
      { ...row, payload: JSON.stringify({ exp: now() - 30 }), secondsLeft: 20 },
      'id',
    );
    assert.ok((ahead.exp as number) > now());
    const same = fromArtifact(
      { ...row, payload: JSON.stringify({ exp: now() + 30 }), secondsLeft: 20 },
      'id',
    );
    assert.equal(same.exp, now() + 30);
  });

  test('expired rows are deleted in batches; a pushed request is kept until its interaction must be over', async () => {
    const expire = async (model: string, id: string, ago: string): Promise<void> => {
      const { key } = toWrite(model, id, {}, 1);
      await adapters(model).upsert(id, { jti: id }, 1);
      await db.query(
        sql`update oidc_artifacts set expires_at = now() - ${ago}::interval where id = ${key}`,
      );
    };
    await deleteExpired(db, 1_000);
    for (let n = 0; n < 5; n += 1) await expire('AccessToken', `old-${n}`, '1 minute');
    await expire('PushedAuthorizationRequest', 'young', '1 hour');
    await expire('PushedAuthorizationRequest', 'old', '3 hours');
    const kept = await getTokens(stand);
    assert.equal(await deleteExpired(db, 4), 4);
    assert.equal(await deleteExpired(db, 4), 2);
    assert.equal(await deleteExpired(db, 4), 0);
    assert.equal((await refresh(stand, kept.refresh_token)).status, 200);
  });

  test('a pushed request is used up even where signing in took longer than it lives', async () => {
    const { challenge } = pkce();
    const pushed = await post(
      stand,
      '/request',
      Object.fromEntries(authorizationParams(challenge)),
    );
    const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
    const url = `${stand.base}/auth?${new URLSearchParams({ client_id: 'web', request_uri: requestUri })}`;
    const [one, two] = [new Browser(stand.base), new Browser(stand.base)];
    const [first, second] = [await one.get(url), await two.get(url)]; // both are sent to sign in
    await db.query(
      sql`update oidc_artifacts set expires_at = now() - interval '5 minutes' where model = 'PushedAuthorizationRequest'`,
    );
    const ends = [
      await one.follow(new URL(first.headers.get('location') as string, stand.base)),
      await two.follow(new URL(second.headers.get('location') as string, stand.base)),
    ];
    const told = ends.map(
      ({ left }) =>
        left?.searchParams.get('error') ?? (left?.searchParams.has('code') ? 'code' : 'page'),
    );
    assert.deepEqual(told, ['code', 'invalid_request_uri']);
  });
});

describe('two tabs of one browser', () => {
  test('an interaction ends with a new session id, and the old one opens nothing any more', async () => {
    const browser = new Browser(stand.base);
    await getCode(stand, browser);
    const behind = browser.clone();
    const params = authorizationParams(pkce().challenge, { prompt: 'consent' });
    await browser.follow(`${stand.base}/auth?${params}`);
    assert.notEqual(browser.cookie('session'), behind.cookie('session'));
    const plain = await browser.get(`${stand.base}/auth?${authorizationParams(pkce().challenge)}`);
    assert.match(plain.headers.get('location') ?? '', /code=/);
    const [row] = await db.query<{ n: number }>(sql`
      select count(*)::int as n from oidc_artifacts where model = 'Session' and id = ${keyOf('Session', behind.cookie('session') as string)}`);
    assert.equal(row?.n, 0, 'the old id still opens the session');
  });

  test('one that had read the session before the other tab changed its id is sent to ask again, without a cookie', async () => {
    let hold: Promise<void> | undefined;
    let reached = () => {};
    const waiting = await startStand({
      findAccount: async (_ctx, id) => {
        reached();
        await hold;
        return { accountId: id, claims: () => ({ sub: id }) };
      },
    });
    const browser = new Browser(waiting.base);
    await getCode(waiting, browser);

    const behind = browser.clone();
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    hold = held.promise;
    reached = () => arrived.resolve();
    const url = `${waiting.base}/auth?${authorizationParams(pkce().challenge)}`;
    const late = behind.get(url);
    await arrived.promise;
    hold = undefined; // who comes now does not wait
    await browser.follow(
      `${waiting.base}/auth?${authorizationParams(pkce().challenge, { prompt: 'consent' })}`,
    );
    held.resolve();

    const answer = await late;
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, url]);
    assert.deepEqual(answer.headers.getSetCookie(), []);
    assert.match((await browser.get(url)).headers.get('location') ?? '', /code=/); // with the cookie of the other tab
  });
});
