import assert from 'node:assert/strict';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { findAccountByLogin } from '../../src/accounts/accounts.store.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { createApp } from '../../src/oidc/manage-apps.ts';
import { sql } from '../../src/store/sql.ts';
import { given } from '../fixtures/accounts.ts';
import { App, type Body, CALLBACK } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer } = await startServer();
const { db } = bindery;
const by = { program: 'system' } as const;
const ALL = [
  'admin',
  'clients:read',
  'clients:write',
  'accounts:read',
  'accounts:write',
  'bindings:read',
  'bindings:write',
  'packs:read',
  'audit:read',
];

let made = 0;
/** An access token of a client of its own, with these scopes. */
async function tokenFor(scopes: readonly string[], more: object = {}): Promise<string> {
  made += 1;
  const id = `console-${made}`;
  const app = { name: id, grants: ['client_credentials'], scopes, ...more };
  const { secret } = given(await createApp(bindery, { id, app, by }));
  const asked = { grant_type: 'client_credentials', scope: scopes.join(' ') };
  const { body } = await new App(issuer, id, secret ?? '').post('/token', asked);
  return String(body.access_token);
}

let token = '';
beforeAll(async () => {
  token = await tokenFor(ALL);
});

async function call(
  method: string,
  path: string,
  { body, as = token, headers = {} }: { body?: unknown; as?: string; headers?: object } = {},
): Promise<{ status: number; body: Body; headers: Headers }> {
  const answer = await fetch(`${issuer}/api/v1/admin${path}`, {
    method,
    headers: {
      ...(as === '' ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === '' ? {} : (JSON.parse(text) as Body),
  };
}

async function idOf(login: string): Promise<string> {
  const account = await findAccountByLogin(db, login);
  assert.ok(account);
  return account.id;
}

const items = ({ body }: { body: Body }) => body.items as readonly Record<string, unknown>[];

describe('who may call the admin API', () => {
  test('a call without a token, or with another one, is refused with a challenge', async () => {
    for (const as of ['', 'nonsense']) {
      const answer = await call('GET', '/clients', { as });
      expect([answer.status, answer.headers.get('content-type')]).toStrictEqual([
        401,
        'application/problem+json',
      ]);
      expect(answer.headers.get('www-authenticate')).toContain('scope="admin clients:read"');
    }
  });

  test('a scope of a relying party or a platform opens nothing here without admin', async () => {
    const as = await tokenFor(['bindings:read', 'accounts:write']);
    expect((await call('GET', '/bindings', { as })).status).toBe(403);
    const asked = { login: 'new-one', displayName: 'New' };
    expect((await call('POST', '/accounts', { as, body: asked })).status).toBe(403);
    const reads = await tokenFor(['admin', 'clients:read']);
    expect((await call('DELETE', '/clients/demo-web', { as: reads })).status).toBe(403);
    expect((await call('GET', '/audit', { as: reads })).status).toBe(403);
  });

  test('a client that keeps one platform sees the accounts of no other', async () => {
    const scopes = ['admin', 'accounts:read', 'accounts:write'];
    const as = await tokenFor(scopes, { platform: 'shore' });
    const theirs = { login: 'sea', displayName: 'Sea', platform: 'shore', externalId: '1' };
    const created = await call('POST', '/accounts', { as, body: theirs });
    expect(created.status).toBe(201);
    expect(items(await call('GET', '/accounts', { as })).map(({ login }) => login)).toStrictEqual([
      'sea',
    ]);
    const other = await idOf('linxiao');
    const body = { status: 'frozen' };
    expect((await call('PATCH', `/accounts/${other}`, { as, body })).status).toBe(404);
    const foreign = { ...theirs, platform: 'river' };
    expect((await call('POST', '/accounts', { as, body: foreign })).status).toBe(422);
  });

  test('a person’s token does what their role allows, until it is withdrawn', async () => {
    const scopes = ['admin', 'clients:read', 'clients:write', 'bindings:write', 'packs:read'];
    // the token names the account itself, so the app is not one of pairwise identifiers
    const app = { name: 'Console', redirectUris: [CALLBACK], scopes, subjects: 'public' };
    const { secret } = given(await createApp(bindery, { id: 'console', app, by }));
    const asked = { scope: `openid ${scopes.join(' ')}`, resource: `${issuer}/api/v1` };
    const tokenOf = async (login: string): Promise<string> => {
      const program = new App(issuer, 'console', secret ?? '');
      const [browser, started] = [new HttpBrowser(issuer), await program.start(undefined, asked)];
      const consent = await signIn(browser, await browser.open(started.url), login);
      const form = consent.form('decision', 'approve');
      const { location } = await browser.go(form.action, {
        form: form.filled({ decision: 'approve' }),
      });
      assert.ok(location);
      const { body } = await program.post('/token', {
        grant_type: 'authorization_code',
        code: location.searchParams.get('code') ?? '',
        redirect_uri: CALLBACK,
        code_verifier: started.verifier,
        resource: asked.resource,
      });
      expect(Object.keys(body)).toContain('access_token');
      return String(body.access_token);
    };
    await db.query(sql`update accounts set roles = '{auditor}' where login = 'mz-ops'`);
    const [auditor, operator] = [await tokenOf('mz-ops'), await tokenOf('operator')];
    const state = { body: { on: false } };
    expect((await call('GET', '/clients', { as: auditor })).status).toBe(200);
    const posted = await call('POST', '/clients/demo-rp/state', { as: auditor, ...state });
    expect([posted.status, posted.body.code]).toStrictEqual([403, 'not_an_operator']);
    expect((await call('POST', '/clients/demo-rp/state', { as: operator, ...state })).status).toBe(
      200,
    );
    const body = { reason: 'no reason' };
    const ended = await call('POST', '/bindings/bnd_x/end', { as: auditor, body });
    expect([ended.status, ended.body.code]).toStrictEqual([403, 'not_an_operator']);
    expect((await call('GET', '/packs', { as: auditor })).status).toBe(200);
    await db.query(sql`update accounts set roles = '{}' where login = 'mz-ops'`);
    for (const path of ['/clients', '/packs'])
      expect((await call('GET', path, { as: auditor })).status).toBe(403);
  });

  // biome-ignore format: a table is read by its columns
  const MALFORMED: readonly (readonly [string, string, string, unknown, number])[] = [
    ['no JSON',                'POST', '/clients',             '{',                        400],
    ['a list for an object',   'POST', '/clients',             [],                         400],
    ['an unknown member',      'POST', '/accounts',            { login: 'a', displayName: 'b', admin: true }, 400],
    ['a limit out of range',   'GET',  '/clients?limit=1000',  undefined,                  400],
    ['a repeated parameter',   'GET',  '/clients?after=a&after=b', undefined,              400],
    ['an unknown role',        'PUT',  '/accounts/acc_x/roles/king', undefined,            400],
    ['a body of 100 KB',       'POST', '/clients',             { id: 'x'.repeat(100_000) }, 413],
  ];
  for (const [what, method, path, body, status] of MALFORMED)
    test(`${what} is refused as a problem`, async () => {
      const answer = await call(method, path, body === undefined ? {} : { body });
      expect([answer.status, answer.body.status, typeof answer.body.title]).toStrictEqual([
        status,
        status,
        'string',
      ]);
    });
});

describe('what the admin API does', () => {
  test('clients: register, show, list, change, rotate, switch off, remove', async () => {
    const app = { id: 'api-shop', name: 'Shop', redirectUris: ['https://shop.example/cb'] };
    const created = await call('POST', '/clients', { body: app });
    expect([created.status, typeof created.body.secret]).toStrictEqual([201, 'string']);
    const shown = await call('GET', '/clients/api-shop');
    expect([shown.body.name, 'secret' in shown.body]).toStrictEqual(['Shop', false]);
    expect((await call('POST', '/clients', { body: app })).status).toBe(409);
    const wrong = await call('PATCH', '/clients/api-shop', { body: { redirectUris: ['x'] } });
    expect([wrong.status, wrong.body.field]).toStrictEqual([422, 'redirectUris']);
    const renamed = await call('PATCH', '/clients/api-shop', { body: { name: 'New' } });
    expect([renamed.body.name, renamed.body.secret]).toStrictEqual(['New', null]);
    const rotated = await call('POST', '/clients/api-shop/secret', { body: {} });
    expect(typeof rotated.body.previousSecretUntil).toBe('string');
    expect((await call('POST', '/clients/api-shop/secret', { body: {} })).status).toBe(409);
    expect((await call('DELETE', '/clients/api-shop')).status).toBe(409);
    await call('POST', '/clients/api-shop/state', { body: { on: false } });
    expect((await call('DELETE', '/clients/api-shop')).status).toBe(204);
    const first = await call('GET', '/clients?limit=2');
    const second = await call('GET', `/clients?limit=2&after=${first.body.next}`);
    expect(items(first).length + items(second).length).toBe(4);
    expect(items(second)[0]?.id).not.toBe(items(first)[1]?.id);
  });

  test('accounts: create, change, freeze, and their audit rows name the client', async () => {
    const asked = { login: 'api-one', displayName: '接口' };
    const { status, body } = await call('POST', '/accounts', { body: asked });
    expect([status, body.platform, body.kind]).toStrictEqual([201, 'local', 'personal']);
    expect((await call('POST', '/accounts', { body: asked })).status).toBe(409);
    const hidden = { login: 'api-two', displayName: 'a\u202eb' };
    const refused = await call('POST', '/accounts', { body: hidden });
    expect([refused.status, refused.body.field]).toStrictEqual([422, 'displayName']);
    const changed = await call('PATCH', `/accounts/${body.id}`, {
      body: { displayName: 'New', status: 'frozen' },
    });
    expect([changed.body.displayName, changed.body.status]).toStrictEqual(['New', 'frozen']);
    const log = items(await call('GET', `/audit?subject=${body.id}`));
    expect(log.map(({ action }) => action)).toStrictEqual([
      'account.created',
      'account.changed',
      'account.status_changed',
    ]);
    expect(new Set(log.map(({ actor }) => actor)).size).toBe(1);
    expect(String(log[0]?.actor)).toMatch(/^console-/);
  });

  test('roles: a program makes reviewers, and never operators', async () => {
    const id = await idOf('zhaomin');
    const granted = await call('PUT', `/accounts/${id}/roles/reviewer`);
    expect(granted.body.done).toBe('granted');
    const operator = await call('PUT', `/accounts/${id}/roles/operator`);
    expect([operator.status, operator.body.code]).toStrictEqual([403, 'another_operator_needed']);
    expect((await call('DELETE', `/accounts/${id}/roles/reviewer`)).body.done).toBe('withdrawn');
    const [row] = await db.query<{ actor: string }>(sql`
      select actor from audit_log where subject = ${id} and action = 'role.withdrawn'`);
    expect(row?.actor).toMatch(/^console-/);
  });

  test('bindings: list, suspend, resume, end, and both sides are told', async () => {
    const account = await idOf('linxiao-eats');
    const [found] = items(await call('GET', `/bindings?account=${account}&state=active`));
    const path = `/bindings/${found?.id}`;
    const body = { reason: 'a court asked for it' };
    const suspended = await call('POST', `${path}/suspend`, { body });
    expect([suspended.body.state, suspended.body.suspendedBy]).toStrictEqual([
      'suspended',
      ['operator'],
    ]);
    expect((await call('POST', `${path}/suspend`, { body })).status).toBe(409);
    expect((await call('POST', `${path}/resume`, { body })).body.state).toBe('active');
    expect((await call('POST', `${path}/end`, { body })).body.state).toBe('history');
    expect((await call('POST', `${path}/end`, { body })).status).toBe(409);
    expect((await call('GET', path)).body.state).toBe('history');
    const [told] = await findNotices(db, String(found?.primaryId) as never);
    expect([told?.what, told?.reason]).toStrictEqual(['binding.ended', 'operator']);
    const all = items(await call('GET', '/bindings?limit=200&pack=douyin'));
    expect(all.length).toBeGreaterThan(10);
  });

  test('packs and the audit log are read, in pages', async () => {
    const packs = items(await call('GET', '/packs')).map(({ id }) => id);
    expect(packs.sort()).toStrictEqual(['douyin', 'kuaishou', 'weibo']);
    const first = await call('GET', '/audit?limit=3');
    const second = await call('GET', `/audit?limit=3&after=${first.body.next}`);
    expect(items(second)[0]?.seq).toBeGreaterThan(Number(items(first)[2]?.seq));
    const created = items(await call('GET', '/audit?action=account.created'));
    expect(new Set(created.map(({ action }) => action))).toStrictEqual(
      new Set(['account.created']),
    );
  });

  test('/openapi.json describes each operation', async () => {
    const document = (await (await fetch(`${issuer}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { security: unknown }>>;
    };
    const admin = Object.entries(document.paths).filter(([path]) => path.includes('/admin/'));
    expect(admin.flatMap(([, methods]) => Object.keys(methods)).length).toBe(22);
    expect(document.paths['/api/v1/admin/clients']?.get?.security).toStrictEqual([
      { token: ['admin', 'clients:read'] },
    ]);
  });
});
