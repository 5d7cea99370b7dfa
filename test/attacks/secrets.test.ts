import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';

import { sql } from '../../src/store/sql.ts';
import {
  type App,
  type Body,
  details,
  makeProofKey,
  phone,
  SERVICE,
  service,
  text,
  web,
} from '../support/apps.ts';
import { makeChild } from '../support/child.ts';
import { freshDatabase } from '../support/database.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  answer,
  answerHere,
  givePassword,
  makeFamily,
  offer,
  openBindings,
  startInBrowser,
} from '../support/journeys.ts';

const PASSWORD = 'Correct-horse-of-this-test-1971';
const ROOT = Buffer.from('an installation secret of this test, and of no other').toString(
  'base64url',
);

const child = await makeChild(); // first, so that it stops before its database
const { db, url } = await freshDatabase();
const DATA_DIR = await mkdtemp(join(tmpdir(), 'bindery-secrets-'));
afterAll(async () => await rm(DATA_DIR, { recursive: true, force: true }));
await child.start({ DATABASE_URL: url, DATA_DIR, LOG_LEVEL: 'trace', SECRETS_INSTALLATION: ROOT });
const { issuer } = child;

/** The secrets that must not stand in the log or in the database, by name. */
const canaries = new Map<string, string>([
  ['the installation secret', ROOT],
  ['a password', PASSWORD],
  ["demo-web's secret", 'demo-web-secret'],
]);
const keep = (what: string, value: unknown): string => {
  assert.ok(typeof value === 'string' && value.length >= 8, `${what} was not given`);
  canaries.set(what, value);
  return value;
};
/** A signed token is searched for by its signature. Header and payload are no secrets. */
const keepJwt = (what: string, value: unknown): void =>
  void keep(what, String(value).split('.').at(-1));

async function newFamily(): Promise<[string, string]> {
  const family = (await makeFamily(db, 2)) as [string, string];
  await givePassword(db, family, PASSWORD);
  return family;
}

async function keepCookies(
  who: string,
  browser: HttpBrowser,
  paths: readonly string[],
): Promise<void> {
  for (const name of ['bindery_browser', 'bindery_account', 'bindery_code', 'session']) {
    for (const path of paths) {
      const value = await browser.cookie(name, path);
      if (value !== undefined) keep(`${who}'s cookie ${name}`, value);
    }
  }
}

async function walkInBrowser(app: App): Promise<void> {
  const [primary, sub] = await newFamily();
  const browser = new HttpBrowser(issuer);
  const asked = details({ locations: [SERVICE] });
  const started = await startInBrowser(app, browser, primary, asked, {
    scope: 'openid offline_access',
    prompt: 'consent',
  });
  keep('a pushed request', new URL(started.url).searchParams.get('request_uri')?.split(':').at(-1));
  keep('a code verifier', started.verifier);
  keep('the DET of 1a', started.code);
  keep('the link of 1a', started.waiting.link('other-account-here').pathname.split('/').at(-1));
  keep('a form token', started.waiting.form('decision').filled({}).get('csrf'));
  await keepCookies('the initiator', browser, ['/', started.waiting.url.pathname]);
  const { result } = await answerHere(browser, started.waiting, sub);
  const callback = await browser.leave(result.link('continue'));
  keep('an authorization code', callback.searchParams.get('code'));
  const { body } = await app.exchange(callback, started);
  keep('an access token', body.access_token);
  const refresh = keep('a refresh token', body.refresh_token);
  keepJwt('an ID token', body.id_token);
  const [detail] = body.authorization_details as [Body];
  const { body: bound } = await app.redeem(keep('the handle of 1a', detail.binding_request));
  keepJwt('a binding token', bound.binding_token);
  await service(issuer).introspect(text(bound, 'binding_token'));
  await app.introspect(text(body, 'access_token'));
  const { body: refreshed } = await app.post('/token', {
    grant_type: 'refresh_token',
    refresh_token: refresh,
  });
  keep('a rotated refresh token', refreshed.refresh_token);
  await openBindings(browser, sub);
  await keepCookies('the sub', browser, ['/account']);
}

async function walkOnTwoDevices(app: App): Promise<void> {
  const [primary, sub] = await newFamily();
  const key = await makeProofKey();
  const offered = await offer(app, primary, { key });
  keep('the handle of 1b', offered.handle);
  keep('the start reference of 1b', offered.startUri.split('/').at(-1));
  keep('the DET of 1b', offered.code);
  keep('the first half of a DET', offered.code.slice(0, 8));
  keep('the second half of a DET', offered.code.slice(8));
  keep('a DET as it is shown', offered.waiting.textOfId('user-code'));
  await answer(offered, sub);
  keepJwt('a key-bound binding token', (await app.redeem(offered.handle, key)).body.binding_token);
}

async function registerClient(): Promise<void> {
  const answered = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      redirect_uris: ['https://app.example/cb'],
      response_types: ['code'],
      grant_types: ['authorization_code'],
    }),
  });
  const { client_secret: secret, registration_access_token: token } =
    (await answered.json()) as Body;
  keep("a registered client's secret", secret);
  keep('a registration access token', token);
}

/** Every encoding in which a row or a log line may have a value. */
function encodings(value: string): string[] {
  const bytes = Buffer.from(value);
  const meant = Buffer.from(value, 'base64url');
  return [
    value,
    bytes.toString('hex'),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...(meant.length >= 12 ? [meant.toString('hex')] : []),
  ];
}

function findIn(haystack: string, among: ReadonlyMap<string, string> = canaries): string[] {
  return [...among]
    .filter(([, value]) => encodings(value).some((encoding) => haystack.includes(encoding)))
    .map(([what]) => what);
}

/** Every row of every table, as text; bytea becomes hexadecimal. */
async function everyRow(): Promise<Map<string, string>> {
  const tables = await db.query<{ name: string }>(sql`
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`);
  const rows = new Map<string, string>();
  for (const { name } of tables) {
    const { rows: found } = await db.pool.query<{ row: string }>(
      `select t::text as row from ${name} t`,
    );
    rows.set(name, found.map(({ row }) => row).join('\n'));
  }
  return rows;
}

await walkInBrowser(web(issuer));
await walkOnTwoDevices(phone(issuer));
await registerClient();
const waiting = await offer(web(issuer), (await newFamily())[0]);
keep('a DET that is live', waiting.code);
keep('a link that is live', waiting.waiting.link('other-account-here').pathname.split('/').at(-1));
const renewing = await offer(web(issuer), (await newFamily())[0]);
const [renew] = renewing.waiting.formsEnding('/code');
assert.ok(renew);
keep(
  'a DET that was asked for anew',
  (await renewing.browser.press(renew.form)).textOfId('user-code').replaceAll(' ', ''),
);

describe('a stolen database', () => {
  test('the database holds no secret in clear or in any encoding [R7]', async () => {
    const rows = await everyRow();
    expect(rows.size).toBeGreaterThanOrEqual(15);
    const found = [...rows].flatMap(([table, all]) =>
      findIn(all).map((what) => `${table}: ${what}`),
    );
    expect(found).toStrictEqual([]);
    expect([[...canaries.keys()].join(', '), canaries.size >= 25]).toStrictEqual([
      [...canaries.keys()].join(', '),
      true,
    ]);
  });

  test('the search for secrets finds text, JSON and bytes', async () => {
    const all = [...(await everyRow()).values()].join('\n');
    const [row] = await db.query<{ hash: string }>(
      sql`select encode(handle_hash, 'base64') as hash from binding_requests where handle_hash is not null limit 1`,
    );
    const planted = new Map([
      ['text', 'linxiao-reads'],
      ['json', 'demo-web'],
      ['bytes', Buffer.from(row?.hash ?? '', 'base64').toString('base64url')],
    ]);
    expect(findIn(all, planted)).toStrictEqual(['text', 'json', 'bytes']);
  });
});

describe('the log', () => {
  /** Runs `work` while a table is missing, so that every use of the table fails. */
  async function withoutTable(table: string, work: () => Promise<unknown>): Promise<void> {
    const { rename, back } = statements(table);
    await db.pool.query(rename);
    try {
      await work();
    } finally {
      await db.pool.query(back);
    }
  }
  const statements = (table: string) => ({
    rename: `alter table ${table} rename to gone`,
    back: `alter table gone rename to ${table}`,
  });

  test('the log at level trace holds no secret, even when every request fails [R7]', async () => {
    const app = web(issuer);
    const browser = new HttpBrowser(issuer);
    const csrf = (await browser.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    const signInForm = (await browser.open('/account/sign-in')).form('login');
    const [login] = await newFamily();
    const statuses: number[] = [];
    const note = async (sent: Promise<{ status: number }>): Promise<void> =>
      void statuses.push((await sent).status);
    for (const table of [
      'binding_requests',
      'approval_sessions',
      'accounts',
      'rate_limits',
      'oidc_artifacts',
      'bindings',
      'audit_log',
      'clients',
    ]) {
      await withoutTable(table, async () => {
        await note(browser.send('/bind', { form: { csrf, user_code: waiting.code } }));
        await note(browser.send(waiting.waiting.link('other-account-here')));
        await note(browser.send(waiting.startUri));
        await note(
          browser.send(signInForm.action, {
            form: signInForm.filled({ login, password: PASSWORD }),
          }),
        );
        await note(waiting.browser.send(waiting.waiting.url));
        await note(app.redeem(waiting.handle));
        await note(app.redeem(canaries.get('the handle of 1a') ?? ''));
        await note(
          app.post('/token', {
            grant_type: 'refresh_token',
            refresh_token: canaries.get('a rotated refresh token') ?? '',
          }),
        );
        await note(
          app.post('/token/introspection', { token: canaries.get('an access token') ?? '' }),
        );
        await note(app.ask());
        await note(app.push({ authorization_details: JSON.stringify([details()]) }));
        await note(
          fetch(`${issuer}/me`, {
            headers: { authorization: `Bearer ${canaries.get('an access token')}` },
          }),
        );
      });
    }
    expect([
      `things failed: ${statuses}`,
      statuses.filter((status) => status >= 500).length >= 20,
    ]).toStrictEqual([`things failed: ${statuses}`, true]);
    const lines = child.output.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThanOrEqual(20);
    expect(findIn(child.output)).toStrictEqual([]);
  });

  test('the code still works after an internal error', async () => {
    const { status, body } = await web(issuer).redeem(waiting.handle);
    expect([
      body,
      [status, ['authorization_pending', 'slow_down'].includes(String(body.error))],
    ]).toStrictEqual([body, [400, true]]);
  });
});
