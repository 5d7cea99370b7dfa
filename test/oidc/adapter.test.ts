import { describe, expect, test } from '@jest/globals';
import { errors } from 'oidc-provider';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { adapterOver } from '../../src/oidc/adapter.ts';
import { fromArtifact, keyOf, toWrite } from '../../src/oidc/artifact.ts';
import { deleteExpired } from '../../src/oidc/artifacts.store.ts';
import { ClientRegistry } from '../../src/oidc/client-registry.ts';
import { sql } from '../../src/store/sql.ts';
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
} from '../fixtures/oauth-client.ts';
import { startProvider } from '../fixtures/provider.ts';

const fixture = await startProvider();
const { db, provider } = fixture;
const adapters = adapterOver(db, new ClientRegistry(db));
const now = () => Math.floor(Date.now() / 1000);

describe('a stolen table', () => {
  test('the table has no code, token, session, interaction or request URI in clear', async () => {
    const seen: string[] = [];
    const browser = new Browser(fixture.base);
    const pushed = await post(
      fixture,
      '/request',
      Object.fromEntries(authorizationParams(pkce().challenge)),
    );
    const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
    seen.push(requestUri.split(':').at(-1) as string);
    const first = await browser.get(
      `${fixture.base}/auth?${authorizationParams(pkce().challenge)}`,
    );
    seen.push(
      browser.cookie('resume') as string,
      (first.headers.get('location') as string).split('/').at(-1) as string,
    );
    const stopped = await db.query<{ row: string }>(
      sql`select a::text as row from oidc_artifacts a`,
    );
    const code = await getCode(fixture, browser);
    seen.push(code.code, browser.cookie('session') as string);
    const tokens = (await (await exchange(fixture, code)).json()) as Tokens;
    const next = (await (await refresh(fixture, tokens.refresh_token)).json()) as Tokens;
    seen.push(tokens.access_token, tokens.refresh_token, next.access_token, next.refresh_token);
    const stored = [
      ...stopped,
      ...(await db.query<{ row: string }>(sql`select a::text as row from oidc_artifacts a`)),
    ];
    expect(stored.length).toBeGreaterThan(8);
    for (const value of seen) {
      expect(value.length).toBeGreaterThanOrEqual(20);
      expect([value, !stored.some(({ row }) => row.includes(value))]).toStrictEqual([value, true]);
    }
  });

  test('a key in the table is not a value that can be presented', async () => {
    const { access_token: token } = await getTokens(fixture);
    const key = keyOf('AccessToken', token);
    expect(await provider.AccessToken.find(token)).toBeTruthy();
    expect(await provider.AccessToken.find(key)).toBe(undefined);
    expect(await provider.AccessToken.find(`#${key}`)).toBe(undefined);
  });
});

describe('outside a request every call is its own statement', () => {
  test('a row is read as it was written, and is consumed once', async () => {
    const codes = adapters('AuthorizationCode');
    await codes.upsert(
      'a-code',
      { jti: 'a-code', grantId: 'g1', exp: now() + 60, scope: 'openid' },
      60,
    );
    expect(await codes.find('a-code')).toStrictEqual({
      jti: 'a-code',
      grantId: 'g1',
      exp: now() + 60,
      scope: 'openid',
    });
    await codes.consume('a-code');
    expect(typeof (await codes.find('a-code'))?.consumed).toBe('number');
    await expect(async () => await codes.consume('a-code')).rejects.toThrow(errors.InvalidGrant);
    await codes.revokeByGrantId('g1');
    expect(await codes.find('a-code')).toBe(undefined);
  });

  test('a DPoP proof is stored once', async () => {
    expect(await provider.ReplayDetection.unique('c', 'one', now() + 60)).toBe(true);
    await expect(
      async () => await provider.ReplayDetection.unique('c', 'one', now() + 60),
    ).rejects.toThrow(errors.InvalidGrant);
  });

  test('a session that ended stays ended, whichever way it is written', async () => {
    const sessions = adapters('Session');
    const payload = { jti: 's1', uid: 'u1', accountId: 'a', exp: now() + 60 };
    await sessions.upsert('s1', payload, 60);
    expect((await sessions.findByUid('u1'))?.accountId).toBe('a');
    await sessions.destroy('s1');
    expect(await sessions.find('s1')).toBe(undefined);
    expect(await sessions.findByUid('u1')).toBe(undefined);
    await expect(async () => await sessions.upsert('s1', payload, 60)).rejects.toThrow();
    await expect(
      async () => await sessions.upsert('s2', { ...payload, jti: 's2' }, 60),
    ).rejects.toThrow(); // another id of the same session
    const [row] = await db.query<{ payload: object }>(
      sql`select payload from oidc_artifacts where uid = 'u1'`,
    );
    expect(row?.payload).toStrictEqual({});
  });

  test('a session that is found by its uid can be ended', async () => {
    await adapters('Session').upsert(
      's3',
      { jti: 's3', uid: 'u3', accountId: 'a', exp: now() + 60 },
      60,
    );
    const session = await provider.Session.findByUid('u3');
    await session?.destroy();
    expect(await provider.Session.find('s3')).toBe(undefined);
  });
});

describe('the database’s clock decides', () => {
  test('an expired row is not found, whatever the clock of the process says', async () => {
    const tokens = adapters('RefreshToken');
    await tokens.upsert('r1', { jti: 'r1', exp: now() + 600 }, 600);
    await db.query(
      sql`update oidc_artifacts set expires_at = now() - interval '1 second' where id = ${keyOf('RefreshToken', 'r1')}`,
    );
    expect(await tokens.find('r1')).toBe(undefined);
  });

  test('a process whose clock is ahead still finds a live row', () => {
    const row = { model: 'RefreshToken', key: 'k', uid: null, consumedAt: null, consumedFor: null };
    const ahead = fromArtifact(
      { ...row, payload: JSON.stringify({ exp: now() - 30 }), secondsLeft: 20 },
      'id',
    );
    expect(ahead.exp as number).toBeGreaterThan(now());
    const same = fromArtifact(
      { ...row, payload: JSON.stringify({ exp: now() + 30 }), secondsLeft: 20 },
      'id',
    );
    expect(same.exp).toBe(now() + 30);
  });

  test('expired rows are deleted in batches; pushed requests are kept longer', async () => {
    const expire = async (model: string, id: string, ago: string): Promise<void> => {
      const { key } = toWrite(model, id, {}, 1);
      await adapters(model).upsert(id, { jti: id }, 1);
      await db.query(
        sql`update oidc_artifacts set expires_at = now() - ${ago}::interval where id = ${key}`,
      );
    };
    await deleteExpired({ db, lifetimes: LIFETIMES }, 1_000);
    for (let n = 0; n < 5; n += 1) await expire('AccessToken', `old-${n}`, '1 minute');
    await expire('PushedAuthorizationRequest', 'young', '1 hour');
    await expire('PushedAuthorizationRequest', 'old', '3 hours');
    const kept = await getTokens(fixture);
    expect(await deleteExpired({ db, lifetimes: LIFETIMES }, 4)).toBe(4);
    expect(await deleteExpired({ db, lifetimes: LIFETIMES }, 4)).toBe(2);
    expect(await deleteExpired({ db, lifetimes: LIFETIMES }, 4)).toBe(0);
    expect((await refresh(fixture, kept.refresh_token)).status).toBe(200);
  });

  test('a pushed request is used up even if the sign-in took longer than its lifetime', async () => {
    const { challenge } = pkce();
    const pushed = await post(
      fixture,
      '/request',
      Object.fromEntries(authorizationParams(challenge)),
    );
    const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string };
    const url = `${fixture.base}/auth?${new URLSearchParams({ client_id: 'web', request_uri: requestUri })}`;
    const [one, two] = [new Browser(fixture.base), new Browser(fixture.base)];
    // both are sent to the sign-in
    const [first, second] = [await one.get(url), await two.get(url)];
    await db.query(
      sql`update oidc_artifacts set expires_at = now() - interval '5 minutes' where model = 'PushedAuthorizationRequest'`,
    );
    const ends = [
      await one.follow(new URL(first.headers.get('location') as string, fixture.base)),
      await two.follow(new URL(second.headers.get('location') as string, fixture.base)),
    ];
    const told = ends.map(
      ({ left }) =>
        left?.searchParams.get('error') ?? (left?.searchParams.has('code') ? 'code' : 'page'),
    );
    expect(told).toStrictEqual(['code', 'invalid_request_uri']);
  });
});

describe('two tabs of one browser', () => {
  test('an interaction ends with a new session id, and the old one is invalid', async () => {
    const browser = new Browser(fixture.base);
    await getCode(fixture, browser);
    const behind = browser.clone();
    const params = authorizationParams(pkce().challenge, { prompt: 'consent' });
    await browser.follow(`${fixture.base}/auth?${params}`);
    expect(browser.cookie('session')).not.toBe(behind.cookie('session'));
    const plain = await browser.get(
      `${fixture.base}/auth?${authorizationParams(pkce().challenge)}`,
    );
    expect(plain.headers.get('location') ?? '').toMatch(/code=/);
    const [row] = await db.query<{ n: number }>(sql`
      select count(*)::int as n from oidc_artifacts where model = 'Session' and id = ${keyOf('Session', behind.cookie('session') as string)}`);
    // The old id must not open the session.
    expect(row?.n).toBe(0);
  });

  test('a tab with an old session id is sent to ask again, without a cookie', async () => {
    let hold: Promise<void> | undefined;
    let reached = () => {};
    const waiting = await startProvider({
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
    hold = undefined; // later requests do not wait
    await browser.follow(
      `${waiting.base}/auth?${authorizationParams(pkce().challenge, { prompt: 'consent' })}`,
    );
    held.resolve();

    const answer = await late;
    expect([answer.status, answer.headers.get('location')]).toStrictEqual([303, url]);
    expect(answer.headers.getSetCookie()).toStrictEqual([]);
    // it has the cookie of the other tab
    expect((await browser.get(url)).headers.get('location') ?? '').toMatch(/code=/);
  });
});
