import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { Database } from '../../src/store/database.ts';
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
} from './walk.ts';

/** A way to the database that can be cut and mended. */
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
  after(() => proxy.close());
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

test('while the database cannot be reached the answer is 503, nothing is half written, and afterwards all goes on', async () => {
  const way = await cuttable();
  const databases: Database[] = [];
  const stand = await startStand({
    connect: (url) => {
      databases.push(new Database(way.through(url)));
      return databases[0] as Database;
    },
  });
  const browser = new Browser(stand.base);
  const { access_token: access, refresh_token: kept } = await getTokens(stand, browser);
  const code = await getCode(stand, browser);
  const rows = async () =>
    (
      await stand.db.query(
        sql`select id, consumed_at, payload from oidc_artifacts order by id, model`,
      )
    ).map((row) => JSON.stringify(row));
  const before = await rows();

  way.cut();
  const answers = {
    exchange: await exchange(stand, code),
    refresh: await refresh(stand, kept),
    introspection: await post(stand, '/token/introspection', { token: access }),
    push: await post(stand, '/request', Object.fromEntries(authorizationParams(pkce().challenge))),
    userinfo: await fetch(`${stand.base}/me`, { headers: { authorization: `Bearer ${access}` } }),
  };
  for (const [what, answer] of Object.entries(answers)) {
    assert.equal(answer.status, 503, what);
    assert.equal(answer.headers.get('retry-after'), '2', what);
    assert.equal(
      ((await answer.json()) as { error: string }).error,
      'temporarily_unavailable',
      what,
    );
    assert.deepEqual(answer.headers.getSetCookie(), [], what);
  }
  // The client is known from a moment ago, so it is told in its own terms (RFC 6749 §4.1.2.1), and no cookie changes.
  const told = await browser
    .clone()
    .get(`${stand.base}/auth?${authorizationParams(pkce().challenge)}`);
  const error = URL.parse(told.headers.get('location') ?? '')?.searchParams.get('error');
  assert.equal(error ?? (await told.text()).match(/<h1>(\w+)/)?.[1], 'temporarily_unavailable');
  assert.deepEqual(told.headers.getSetCookie(), []);

  way.mend();
  assert.deepEqual(await rows(), before);
  assert.equal((await exchange(stand, code)).status, 200);
  assert.equal((await refresh(stand, kept)).status, 200);
  await getCode(stand, browser);
  await databases[0]?.close();
});
