import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { exportJWK, generateKeyPair } from 'jose';
import { findAccountByLogin } from '../../src/accounts/accounts.store.ts';
import { findHistory } from '../../src/audit/audit-log.store.ts';
import {
  type AppActor,
  type AppDeps,
  createApp,
  listApps,
  removeApp,
  rotateSecret,
  switchApp,
  updateApp,
  verifyApp,
  viewApp,
} from '../../src/oidc/manage-apps.ts';
import { sql } from '../../src/store/sql.ts';
import { given, refusedAs } from '../fixtures/accounts.ts';
import { App, details, text } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, offer, startInBrowser } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer } = await startServer();
const { db } = bindery;
const deps: AppDeps = bindery;
const production: AppDeps = {
  ...bindery,
  appRules: { ...bindery.appRules, production: true },
};
const by = { program: 'system' } as const;
/** Servers cache clients for five seconds. */
const followed = async () => await sleep(5_100);

const WEB = {
  name: 'A shop',
  redirectUris: ['http://localhost:4000/callback'],
  backChannel: true,
};

let made = 0;
async function make(app: object = {}): Promise<{ id: string; secret: string }> {
  made += 1;
  const id = `shop-${made}`;
  const { secret } = given(await createApp(deps, { id, app: { ...WEB, ...app }, by }));
  return { id, secret: secret ?? '' };
}

async function accountOf(login: string): Promise<AppActor> {
  const account = await findAccountByLogin(db, login);
  assert.ok(account);
  return { account: account.id };
}

describe('an app that an operator registers', () => {
  test('it works at once, with the secret that was told, which is not stored', async () => {
    const { id, secret } = await make();
    const told = await new App(issuer, id, secret).ask();
    expect([told.status, (await new App(issuer, id, 'wrong').ask()).status]).toStrictEqual([
      200, 401,
    ]);
    const rows = await db.query(sql`select * from clients where client_id = ${id}`);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect((await findHistory(db, id)).map(({ action }) => action)).toStrictEqual(['app.created']);
  });

  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [string, object, string])[] = [
    ['a redirect URI with a fragment',      { redirectUris: ['https://a.example/cb#x'] },            'redirectUris'],
    ['a redirect URI with an empty fragment', { redirectUris: ['https://a.example/cb#'] },           'redirectUris'],
    ['a redirect URI with a wildcard',      { redirectUris: ['https://*.a.example/cb'] },            'redirectUris'],
    ['a redirect URI with a user',          { redirectUris: ['https://me@a.example/cb'] },           'redirectUris'],
    ['a redirect URI over http elsewhere',  { redirectUris: ['http://a.example/cb'] },               'redirectUris'],
    ['a relative redirect URI',             { redirectUris: ['/cb'] },                               'redirectUris'],
    ['a script as redirect URI',            { native: true, redirectUris: ['javascript:alert(1)'] }, 'redirect_uris'],
    ['no redirect URI',                     { redirectUris: [] },                                    'redirectUris'],
    ['a name that changes direction',       { name: 'abc\u202ecba' },                                'name'],
    ['an empty name',                       { name: ' ' },                                           'name'],
    ['an unknown scope',                    { scopes: ['everything'] },                              'scopes'],
    ['an unknown pack',                     { packs: ['nothing'] },                                  'packs'],
    ['keys that are missing',               { authentication: 'private_key_jwt' },                   'jwks'],
    ['a public client with its own tokens', { authentication: 'none', grants: ['client_credentials'] }, 'grants'],
    ['an unknown member',                   { admin: true },                                         ''],
    ['a resource that is no URI',           { resources: ['shop'] },                                 'account_binding_resources'],
    ['a logo that is no address',           { logoUri: 'javascript:1' },                             'logo_uri'],
  ];
  for (const [what, app, field] of WRONG)
    test(`it is refused with ${what}`, async () => {
      const refused = await createApp(deps, { id: 'wrong-app', app: { ...WEB, ...app }, by });
      assert.ok(!refused.ok);
      expect([refused.refusal.code, refused.refusal.detail?.field]).toStrictEqual([
        'invalid_app',
        field,
      ]);
    });

  test('in production, http is for native apps on the device only', async () => {
    const app = { ...WEB, redirectUris: ['http://127.0.0.1/cb'] };
    expect(refusedAs(await createApp(production, { id: 'prod-web', app, by }))).toBe('invalid_app');
    const native = { ...app, native: true, authentication: 'none' };
    expect(refusedAs(await createApp(production, { id: 'prod-app', app: native, by }))).toBe('ok');
  });

  test('an id is used once, also by two at once, and has no odd characters', async () => {
    const twice = await Promise.all(
      [1, 2].map(async () => refusedAs(await createApp(deps, { id: 'once', app: WEB, by }))),
    );
    expect(twice.sort()).toStrictEqual(['app_id_taken', 'ok']);
    for (const id of ['', 'A', 'a b', '../x', 'x'.repeat(65)])
      expect(refusedAs(await createApp(deps, { id, app: WEB, by }))).toBe('invalid_app');
  });

  test('a change keeps what it does not name, and what the form does not know', async () => {
    const { id } = await make({ packs: ['douyin'], resources: ['https://shop.example'] });
    await db.query(sql`
      update clients set metadata = jsonb_set(jsonb_set(metadata, '{contacts}', '["me@shop.example"]'),
             '{grant_types}', metadata -> 'grant_types' || '"urn:other:grant"') where client_id = ${id}`);
    // a grant that this server does not know is refused by oidc-provider, so it is taken out again
    await db.query(sql`
      update clients set metadata = jsonb_set(metadata, '{grant_types}', (metadata -> 'grant_types') - 'urn:other:grant')
       where client_id = ${id}`);
    given(await updateApp(deps, { id, changes: { name: 'B shop' }, by }));
    const { metadata } = given(await viewApp(deps, { id, by })).registration;
    expect([metadata.client_name, metadata.contacts, metadata.account_binding_packs]).toStrictEqual(
      ['B shop', ['me@shop.example'], ['douyin']],
    );
    expect(metadata.account_binding_resources).toStrictEqual(['https://shop.example']);
    const cleared = { packs: null, resources: [], backChannel: false };
    given(await updateApp(deps, { id, changes: cleared, by }));
    const after = given(await viewApp(deps, { id, by })).registration.metadata;
    expect('account_binding_packs' in after || 'account_binding_back_channel' in after).toBe(false);
  });

  test('keys instead of a secret end the secret, and a secret begins anew', async () => {
    const { id, secret } = await make();
    const jwks = { keys: [await exportJWK((await generateKeyPair('ES256')).publicKey)] };
    const keys = { authentication: 'private_key_jwt', jwks };
    expect(given(await updateApp(deps, { id, changes: keys, by })).secret).toBe(null);
    expect(refusedAs(await rotateSecret(deps, { id, now: false, by }))).toBe('no_secret');
    const again = { authentication: 'client_secret_basic' };
    const saved = given(await updateApp(deps, { id, changes: again, by }));
    expect(saved.secret).not.toBe(secret);
    await followed();
    expect((await new App(issuer, id, secret).ask()).status).toBe(401);
    expect((await new App(issuer, id, saved.secret ?? '').ask()).status).toBe(200);
  });

  test('it may ask for the packs that it was given only', async () => {
    const { id, secret } = await make({ packs: ['weibo'] });
    const app = new App(issuer, id, secret);
    expect((await app.ask(details({ pack: 'weibo' }))).status).toBe(200);
    const other = await app.ask(details({ pack: 'douyin' }));
    expect([other.status, other.body.error, other.body.error_description]).toStrictEqual([
      400,
      'invalid_authorization_details',
      'pack: this client is not registered for it',
    ]);
    const pushed = await app.push({
      authorization_details: JSON.stringify([details({ pack: 'kuaishou' })]),
    });
    expect(pushed.body.error).toBe('invalid_authorization_details');
  });
});

describe('a secret that rotates', () => {
  test('two secrets work while one rotates; the one that leaked ends at once', async () => {
    const { id, secret } = await make();
    const second = given(await rotateSecret(deps, { id, now: false, by })).secret ?? '';
    await followed();
    for (const each of [secret, second])
      expect((await new App(issuer, id, each).ask()).status).toBe(200);
    const third = given(await rotateSecret(deps, { id, now: true, by })).secret ?? '';
    await followed();
    const statuses: number[] = [];
    for (const each of [secret, second, third])
      statuses.push((await new App(issuer, id, each).ask()).status);
    expect(statuses).toStrictEqual([401, 401, 200]);
  });

  test('a secret that was rotated out does not work any more', async () => {
    const { id, secret } = await make();
    const second = given(await rotateSecret(deps, { id, now: false, by })).secret ?? '';
    await db.query(sql`update clients set previous_secret_until = now() where client_id = ${id}`);
    expect((await new App(issuer, id, secret).ask()).status).toBe(401);
    expect((await new App(issuer, id, second).ask()).status).toBe(200);
  });

  test('of two rotations at once, one is refused and no secret is lost', async () => {
    const { id, secret } = await make();
    const both = await Promise.all(
      [1, 2].map(async () => await rotateSecret(deps, { id, now: false, by })),
    );
    expect(both.map(refusedAs).sort()).toStrictEqual(['ok', 'rotation_under_way']);
    expect((await new App(issuer, id, secret).ask()).status).toBe(200);
  });
});

describe('an app that is switched off', () => {
  test('its binding under way is refused at each next step', async () => {
    const { id, secret } = await make();
    const app = new App(issuer, id, secret);
    const [one, two] = (await makeFamily(db, 2)) as [string, string];
    const offered = await offer(app, one);
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, one, details());
    assert.ok(started);
    const link = text((await app.ask()).body, 'start_uri');
    expect(two).not.toBe(one);

    given(await switchApp(deps, { id, on: false, by }));
    // pages know at once
    const waiting = await offered.browser.go(offered.waiting.url);
    expect([waiting.status, waiting.page.title]).toStrictEqual([
      410,
      expect.stringContaining('This app is switched off'),
    ]);
    const opened = await new HttpBrowser(issuer).go(link);
    expect([410, 404, 409]).toContain(opened.status);
    const open = await db.query(sql`
      select id from binding_requests where client_id = ${id} and state not in ('expired', 'refused')`);
    expect(open).toStrictEqual([]);
    // programs within five seconds
    await followed();
    for (const [path, form] of [
      [
        '/token',
        { grant_type: 'urn:bindery:grant-type:account-binding', binding_request: offered.handle },
      ],
      ['/token/introspection', { token: 'x' }],
      ['/request', { response_type: 'code', redirect_uri: WEB.redirectUris[0] ?? '' }],
    ] as const)
      expect((await app.post(path, form)).body.error).toBe('invalid_client');
    const page = await new HttpBrowser(issuer).go(`/auth?client_id=${id}&response_type=code`);
    expect(page.status).toBe(400);

    given(await switchApp(deps, { id, on: true, by }));
    await followed();
    expect((await app.ask()).status).toBe(200);
  });

  test('a sign-in for it does not go on', async () => {
    const { id, secret } = await make();
    const browser = new HttpBrowser(issuer);
    const page = await browser.open((await new App(issuer, id, secret).start()).url);
    given(await switchApp(deps, { id, on: false, by }));
    await followed();
    const answer = await browser.go(page.form('login').action, {
      form: page.form('login').filled({ login: 'linxiao', password: 'Bindery-demo-2026' }),
    });
    expect(answer.status).toBe(410);
  });

  test('it is removed only after it was switched off', async () => {
    const { id } = await make();
    expect(refusedAs(await removeApp(deps, { id, by }))).toBe('app_switched_on');
    given(await switchApp(deps, { id, on: false, by }));
    expect(refusedAs(await switchApp(deps, { id, on: false, by }))).toBe('app_unchanged');
    given(await removeApp(deps, { id, by }));
    expect(refusedAs(await viewApp(deps, { id, by }))).toBe('unknown_app');
  });
});

describe('who manages apps', () => {
  test('an auditor looks and changes nothing; a reviewer does not even look', async () => {
    const { id } = await make();
    await db.query(sql`update accounts set roles = '{auditor}' where login = 'mz-ops'`);
    const auditor = await accountOf('mz-ops');
    expect(given(await viewApp(deps, { id, by: auditor })).mayChange).toBe(false);
    for (const refused of [
      await createApp(deps, { id: 'by-auditor', app: WEB, by: auditor }),
      await updateApp(deps, { id, changes: {}, by: auditor }),
      await rotateSecret(deps, { id, now: true, by: auditor }),
      await switchApp(deps, { id, on: false, by: auditor }),
      await verifyApp(deps, { id, by: auditor }),
      await removeApp(deps, { id, by: auditor }),
      await listApps(deps, { after: '', most: 1, by: await accountOf('reviewer-a') }),
    ])
      expect(refusedAs(refused)).toBe('not_an_operator');
  });

  test('what registered itself is marked on consents until an operator verifies it', async () => {
    const told = await fetch(`${issuer}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: 'Self-made',
        redirect_uris: ['http://localhost:4000/callback'],
        token_endpoint_auth_method: 'client_secret_basic',
        application_type: 'native',
      }),
    });
    const { client_id: id, client_secret: secret } = (await told.json()) as Record<string, string>;
    assert.ok(id && secret);
    const app = new App(issuer, id, secret);
    const consent = async () => {
      const browser = new HttpBrowser(issuer);
      const page = await browser.open((await app.start()).url);
      const form = page.form('login');
      return await browser.press(form, { login: 'linxiao', password: 'Bindery-demo-2026' });
    };
    expect((await consent()).text).toContain('“Self-made” registered itself');
    given(await verifyApp(deps, { id, by: await accountOf('operator') }));
    await followed();
    expect((await consent()).text).not.toContain('registered itself');
    expect(refusedAs(await verifyApp(deps, { id, by }))).toBe('app_unchanged');
    const own = await fetch(`${issuer}/reg`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        redirect_uris: ['https://a.example/cb'],
        account_binding_unverified: false,
      }),
    });
    expect(own.status).toBe(400);
  });
});
