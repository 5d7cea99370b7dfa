import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { Database } from '../../src/store/database.ts';
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
} from '../fixtures/oauth-client.ts';
import { startProvider } from '../fixtures/provider.ts';
import { atEnd } from '../support/cleanup.ts';

/** A proxy to the database that can be cut and restored. */
async function cuttable(): Promise<{ through(url: string): string; cut(): void; mend(): void }> {
  const sockets = new Set<Socket>();
  let whole = true;
  let target = '';
  const proxy = createServer((near) => {
    if (!whole) return void near.destroy();
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => near.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  atEnd(() => proxy.close());
  return {
    through(url) {
      const parsed = new URL(url.replace('postgresql:', 'http:'));
      target = `${parsed.searchParams.get('host')}/.s.PGSQL.5432`;
      return `postgresql://${parsed.username}@127.0.0.1:${(proxy.address() as AddressInfo).port}${parsed.pathname}`;
    },
    cut() {
      whole = false;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      whole = true;
    },
  };
}

test('without the database the answer is 503 and nothing is half written', async () => {
  const way = await cuttable();
  const databases: Database[] = [];
  const fixture = await startProvider({
    connect: (url) => {
      databases.push(new Database(way.through(url)));
      return databases[0] as Database;
    },
  });
  const browser = new Browser(fixture.base);
  const { access_token: access, refresh_token: kept } = await getTokens(fixture, browser);
  const code = await getCode(fixture, browser);
  const rows = async () =>
    (
      await fixture.db.query(
        sql`select id, consumed_at, payload from oidc_artifacts order by id, model`,
      )
    ).map((row) => JSON.stringify(row));
  const before = await rows();

  way.cut();
  const answers = {
    exchange: await exchange(fixture, code),
    refresh: await refresh(fixture, kept),
    introspection: await post(fixture, '/token/introspection', { token: access }),
    push: await post(
      fixture,
      '/request',
      Object.fromEntries(authorizationParams(pkce().challenge)),
    ),
    userinfo: await fetch(`${fixture.base}/me`, { headers: { authorization: `Bearer ${access}` } }),
  };
  for (const [what, answer] of Object.entries(answers)) {
    expect([what, answer.status]).toStrictEqual([what, 503]);
    expect([what, answer.headers.get('retry-after')]).toStrictEqual([what, '2']);
    expect([what, ((await answer.json()) as { error: string }).error]).toStrictEqual([
      what,
      'temporarily_unavailable',
    ]);
    expect([what, answer.headers.getSetCookie()]).toStrictEqual([what, []]);
  }
  // The client is cached, so it gets an OAuth error (RFC 6749 §4.1.2.1), and no cookie changes.
  const told = await browser
    .clone()
    .get(`${fixture.base}/auth?${authorizationParams(pkce().challenge)}`);
  const error = URL.parse(told.headers.get('location') ?? '')?.searchParams.get('error');
  expect(error ?? (await told.text()).match(/<h1>(\w+)/)?.[1]).toBe('temporarily_unavailable');
  expect(told.headers.getSetCookie()).toStrictEqual([]);

  way.mend();
  expect(await rows()).toStrictEqual(before);
  expect((await exchange(fixture, code)).status).toBe(200);
  expect((await refresh(fixture, kept)).status).toBe(200);
  await getCode(fixture, browser);
  await databases[0]?.close();
});
