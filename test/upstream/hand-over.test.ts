import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { updateApp } from '../../src/oidc/manage-apps.ts';
import { sql } from '../../src/store/sql.ts';
import { given } from '../fixtures/accounts.ts';
import { type Body, phone, text, web } from '../support/apps.ts';
import { freePorts } from '../support/child.ts';
import { startHostile } from '../support/hostile-provider.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { platformAccount, signInThere, startWithPlatform } from '../support/platform.ts';

const folder = await mkdtemp(join(tmpdir(), 'bindery-platforms-'));
afterAll(async () => await rm(folder, { recursive: true, force: true }));
const [port] = (await freePorts(1)) as [number];
const hostile = await startHostile(port);
const title = { zh: '平台', en: 'Platform' };
await writeFile(
  join(folder, 'evil.json'),
  JSON.stringify({
    id: 'evil',
    title,
    providers: [
      {
        id: 'evil',
        title,
        kind: 'oidc',
        issuer: hostile.issuer,
        client: { id: 'bindery', authentication: { method: 'none' } },
        scopes: ['openid'],
        apps: ['evil-app'],
      },
    ],
  }),
);
const world = await startWithPlatform([platformAccount('yun', { ownerReference: 'owner-1' })], {
  env: { PLATFORMS_DIR: folder },
});
const { platform } = world;
const { issuer, bindery } = world.server;
const app = web(issuer);

beforeAll(async () => {
  const changes = { handOver: ['demo', 'evil'] };
  given(await updateApp(bindery, { id: 'demo-web', changes, by: { program: 'test' } }));
});

/** The platform's own app signs a person in, with a library of nobody. */
async function idTokenOf(login: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const client = { client_id: 'demo-platform-app', redirect_uri: 'http://localhost:4000/platform' };
  const asked = new URLSearchParams({
    ...client,
    response_type: 'code',
    nonce: randomBytes(8).toString('hex'),
    scope: 'openid profile',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const there = new HttpBrowser(platform.issuer);
  const back = await signInThere({ there }, new URL(`${platform.issuer}/auth?${asked}`), login);
  const answer = await fetch(`${platform.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      ...client,
      grant_type: 'authorization_code',
      code: String(back.searchParams.get('code')),
      code_verifier: verifier,
    }),
  });
  return text((await answer.json()) as Body, 'id_token');
}

const exchange = (subjectToken: string) => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: subjectToken,
  subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  requested_token_type: 'urn:bindery:token-type:start',
});

async function hostileToken(claims: Body): Promise<string> {
  hostile.says = { claims: { sub: 'p', aud: 'evil-app', ...claims } };
  const answer = await fetch(`${hostile.issuer}/token`, { method: 'POST' });
  return text((await answer.json()) as Body, 'id_token');
}

/** The other valid signature of the same content: (r, n − s) beside (r, s). */
function withOtherSignature(token: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = order - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = Buffer.from(s.toString(16).padStart(64, '0'), 'hex');
  const both = Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url');
  return `${header}.${payload}.${both}`;
}

const now = () => Math.floor(Date.now() / 1_000);

describe('hand-over from the platform’s app', () => {
  test('its ID token opens the pages without a password, and leads back [R48]', async () => {
    const { status, body } = await app.post('/token', exchange(await idTokenOf('yun')));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      issued_token_type: 'urn:bindery:token-type:start',
      token_type: 'N_A',
      expires_in: 60,
      start_uri: `${issuer}/start/${String(body.access_token)}`,
    });
    const browser = new HttpBrowser(issuer);
    const page = await browser.open(text(body, 'start_uri'));
    expect(page.title).toMatch(/Go on as Name of yun/);
    const bindings = await browser.press(page.form('ticket'));
    expect(bindings.url.pathname).toBe('/account/bindings');
    expect(bindings.link('back-to-app').href).toBe(`${issuer}/`);
    expect((await browser.open('/account')).text).toContain('@yun');
  });

  test('a start is good once, and a preview does not use it up', async () => {
    const { body } = await app.post('/token', exchange(await idTokenOf('yun')));
    const uri = text(body, 'start_uri');
    expect((await fetch(uri, { method: 'HEAD' })).status).toBe(204);
    const first = new HttpBrowser(issuer);
    const page = await first.open(uri);
    expect((await new HttpBrowser(issuer).go(uri)).status).toBe(410);
    const form = page.form('ticket');
    const other = new HttpBrowser(issuer);
    const csrf = (await other.open('/account/sign-in')).form('login').filled({}).get('csrf') ?? '';
    const stolen = form.filled({});
    stolen.set('csrf', csrf);
    expect((await other.go('/start', { form: stolen })).status).toBe(410);
    expect((await first.press(form)).url.pathname).toBe('/account/bindings');
    expect((await first.go('/start', { form: form.filled({}) })).status).toBe(410);
  });

  test('opening a start signs nobody in before they agree', async () => {
    const { body } = await app.post('/token', exchange(await idTokenOf('yun')));
    const browser = new HttpBrowser(issuer);
    await browser.open(text(body, 'start_uri'));
    expect((await browser.go('/account')).url.pathname).toBe('/account/sign-in');
  });

  test('a start from before all sign-ins of the account ended opens nothing', async () => {
    const { body } = await app.post('/token', exchange(await idTokenOf('yun')));
    const browser = new HttpBrowser(issuer);
    const page = await browser.open(text(body, 'start_uri'));
    await bindery.db.query(sql`
      update accounts set signed_out_at = clock_timestamp() where platform = 'demo' and login = 'yun'`);
    const form = page.form('ticket');
    expect((await browser.go('/start', { form: form.filled({}) })).status).toBeGreaterThan(399);
    expect((await browser.go('/account')).url.pathname).toBe('/account/sign-in');
    await bindery.db.query(sql`update accounts set signed_out_at = null where login = 'yun'`);
  });

  test('being handed over is no fresh sign-in: a binding still asks for one [R48]', async () => {
    const { body } = await app.post('/token', exchange(await idTokenOf('yun')));
    const browser = new HttpBrowser(issuer);
    await browser.press((await browser.open(text(body, 'start_uri'))).form('ticket'));
    const asked = { authorization_details: JSON.stringify([{ type: 'account_binding' }]) };
    const started = await app.post('/binding-requests', asked);
    const page = await browser.open(text(started.body, 'start_uri'));
    expect([page.hasForm('login'), page.hasForm('decision')]).toStrictEqual([true, false]);
  });

  test('an ID token is good once, also with another signature', async () => {
    const token = await hostileToken({ sub: 'once' });
    expect((await app.post('/token', exchange(token))).status).toBe(200);
    for (const same of [token, withOtherSignature(token)]) {
      const again = await app.post('/token', exchange(same));
      expect([again.status, again.body.error]).toStrictEqual([400, 'invalid_request']);
    }
  });

  test('of one token exchanged eight times at once, one wins', async () => {
    const token = await idTokenOf('yun');
    const answers = await Promise.all(
      Array.from({ length: 8 }, async () => await app.post('/token', exchange(token))),
    );
    expect(answers.filter(({ status }) => status === 200).length).toBe(1);
  });

  test('a client without the operator’s link to the platform is refused', async () => {
    await bindery.db.query(sql`
      update clients set metadata = jsonb_set(metadata, '{grant_types}', (metadata->'grant_types') || '["urn:ietf:params:oauth:grant-type:token-exchange"]'::jsonb)
       where client_id = 'demo-phone'`);
    const { status, body } = await phone(issuer).post('/token', exchange(await idTokenOf('yun')));
    expect([status, body.error]).toStrictEqual([400, 'invalid_request']);
  });

  test('a good token of the hostile provider passes, so that its bad ones tell something', async () => {
    const { status } = await app.post('/token', exchange(await hostileToken({})));
    expect(status).toBe(200);
  });

  test.each([
    ['an hour old', { iat: now() - 3_600, exp: now() + 600 }],
    ['over', { iat: now() - 200, exp: now() - 100 }],
    ['for another app', { aud: 'other-app' }],
    ['of another issuer', { iss: 'http://localhost:1' }],
    ['for two apps without azp', { aud: ['evil-app', 'other-app'] }],
    ['without sub', { sub: undefined }],
  ])('an ID token that is %s is refused (RFC 8693 §2.2.2)', async (_, claims) => {
    const { status, body } = await app.post('/token', exchange(await hostileToken(claims)));
    expect([status, body.error]).toStrictEqual([400, 'invalid_request']);
  });

  test('an ID token that somebody else signed is refused', async () => {
    await hostile.changeKey({ published: false });
    const { status, body } = await app.post('/token', exchange(await hostileToken({})));
    expect([status, body.error]).toStrictEqual([400, 'invalid_request']);
  });

  test.each([
    ['requested_token_type', 'urn:ietf:params:oauth:token-type:access_token'],
    ['subject_token_type', 'urn:ietf:params:oauth:token-type:access_token'],
    ['subject_token', 'not.a.token'],
    ['actor_token', 'x'],
  ])('another %s is refused', async (name, value) => {
    const sent = { ...exchange(await hostileToken({})), [name]: value };
    const { status, body } = await app.post('/token', sent);
    expect([status, body.error]).toStrictEqual([400, 'invalid_request']);
  });
});

describe('an app that sends its ID token as id_token_hint', () => {
  const push = (hint: string, more: Readonly<Record<string, string>> = {}) =>
    app.start(undefined, { scope: 'openid profile', id_token_hint: hint, ...more });

  test('brings its person to the consent without a password [R48]', async () => {
    const started = await push(await idTokenOf('yun'));
    const browser = new HttpBrowser(issuer);
    const offered = await browser.open(started.url);
    expect([offered.title, offered.hasForm('password')]).toStrictEqual([
      expect.stringMatching(/Go on as Name of yun/),
      false,
    ]);
    const consent = await browser.press(offered.form('ticket'));
    expect(consent.text).toContain('@yun');
  });

  test('a binding still takes a sign-in of the last minutes', async () => {
    const stale = await idTokenOf('yun'); // it says nothing of when she signed in
    const asked = { authorization_details: JSON.stringify([{ type: 'account_binding' }]) };
    const page = await new HttpBrowser(issuer).open((await push(stale, asked)).url);
    expect([page.hasForm('password'), page.hasForm('ticket')]).toStrictEqual([true, false]);
  });

  test('a second browser, or another time, gets the ordinary sign-in', async () => {
    const started = await push(await idTokenOf('yun'));
    const browser = new HttpBrowser(issuer);
    await browser.open(started.url);
    expect((await browser.open(String(browser.visited.at(-1)))).hasForm('password')).toBe(true);
  });

  test('a token that is not acceptable is refused, pushed or not', async () => {
    const used = await idTokenOf('yun');
    await app.post('/token', exchange(used));
    await expect(push(used)).rejects.toThrow(/id_token_hint/);
    const fresh = await idTokenOf('yun');
    const query = new URLSearchParams({
      client_id: 'demo-web',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: 'http://localhost:4000/callback',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
      id_token_hint: fresh,
    });
    const { location } = await new HttpBrowser(issuer).go(`/auth?${query}`);
    expect(location?.searchParams.get('error')).toBe('invalid_request');
  });

  test('a start of one client is worth nothing to another', async () => {
    const { body } = await app.post('/token', exchange(await idTokenOf('yun')));
    const started = await phone(issuer).start(undefined, {
      scope: 'openid',
      start: text(body, 'access_token'),
    });
    const page = await new HttpBrowser(issuer).open(started.url);
    expect([page.hasForm('password'), page.hasForm('ticket')]).toStrictEqual([true, false]);
  });
});
