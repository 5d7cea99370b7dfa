import { describe, expect, test } from '@jest/globals';
import { HttpBrowser } from './support/http-browser.ts';
import { makeFamily, signIn } from './support/journeys.ts';
import { startServer } from './support/server.ts';

const { issuer, bindery, logged } = await startServer({ readLog: true });
const OURS = /^[0-9A-HJKMNP-TV-Z]{12}$/;

describe('every answer has a request id', () => {
  test('each answer gets a new request id when no proxy is trusted', async () => {
    const seen = new Set<string>();
    const paths = ['/', '/no-such-page', '/jwks', '/.well-known/openid-configuration', '/status'];
    for (const path of [...paths, '/token']) {
      const headers = { 'x-request-id': 'from-outside-1' };
      const told = (await fetch(`${issuer}${path}`, { headers })).headers.get('x-request-id');
      expect([path, told ?? '']).toStrictEqual([path, expect.stringMatching(OURS)]);
      seen.add(String(told));
    }
    expect(seen.size).toBe(6);
  });

  test('a trusted proxy’s request id is kept if it has the form of an id', async () => {
    const behind = await startServer({ env: { TRUST_PROXY: 'true' }, readLog: true });
    const tell = async (id: string): Promise<string> => {
      const headers = { 'x-request-id': id };
      const answered = await fetch(`${behind.issuer}/status/999999`, { headers });
      return answered.headers.get('x-request-id') ?? '';
    };
    for (const id of ['0af76519-16cd-43dd-8448-eb211c80319c', 'proxy:1.2_3']) {
      expect(await tell(id)).toBe(id);
      expect(behind.logged.filter(({ requestId }) => requestId === id).length).toBe(1);
    }
    for (const id of ['short', 'a space in it', 'x'.repeat(65), '{"level":60}', '<b>bold</b>']) {
      expect([id, await tell(id)]).toStrictEqual([id, expect.stringMatching(OURS)]);
    }
  });
});

describe('every log line of a request has its id', () => {
  /** Runs `work` while a table is missing, as with a bug or a broken database. */
  async function without<T>(
    table: 'owner_notices' | 'status_lists' | 'clients',
    work: () => Promise<T>,
  ): Promise<T> {
    const rename = async (from: string, to: string) =>
      void (await bindery.db.pool.query(`alter table ${from} rename to ${to}`));
    await rename(table, `${table}_away`);
    try {
      return await work();
    } finally {
      await rename(`${table}_away`, table);
    }
  }

  const linesOf = (headers: Headers) =>
    logged
      .filter(({ requestId }) => requestId === headers.get('x-request-id'))
      .map(({ level, msg, route }) => ({ level, msg, route }));

  test('the log and the page of a failed request show its id', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const browser = new HttpBrowser(issuer);
    await signIn(browser, await browser.open('/account/sign-in'), login);
    const failed = await without(
      'owner_notices',
      async () => await browser.send('/account/notices'),
    );
    expect(failed.status).toBe(500);
    const id = String(failed.headers.get('x-request-id'));
    expect(id).toMatch(OURS);
    expect(failed.page.textOfId('reference').endsWith(id)).toBe(true);
    expect(linesOf(failed.headers)).toStrictEqual([
      { level: 50, msg: 'a page failed', route: '/account/notices' },
    ]);
  });

  test('an error that nothing caught is logged with the request id', async () => {
    const failed = await without('status_lists', async () => await fetch(`${issuer}/status`));
    expect(failed.status).toBe(500);
    expect(linesOf(failed.headers)).toStrictEqual([
      { level: 50, msg: 'a request failed', route: '/status' },
    ]);
  });

  test('an error of oidc-provider is logged with the request id', async () => {
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'unknown',
      client_secret: 'x',
    });
    const ask = async () => await fetch(`${issuer}/token`, { method: 'POST', body });
    const failed = await without('clients', ask);
    expect(failed.status).toBe(500);
    expect(linesOf(failed.headers)).toStrictEqual([
      { level: 50, msg: 'the provider failed', route: '/token' },
    ]);
  });

  test('a log line outside a request has no request id', () => {
    bindery.log.info('between requests');
    expect(Object.keys(logged.at(-1) ?? {})).toStrictEqual(['level', 'time', 'msg']);
  });
});
