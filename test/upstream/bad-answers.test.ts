import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { changeStatus } from '../../src/provisioning/change-status.ts';
import { sql } from '../../src/store/sql.ts';
import { details, web } from '../support/apps.ts';
import { freePorts } from '../support/child.ts';
import { startHostile } from '../support/hostile-provider.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { leaveForPlatform } from '../support/platform.ts';
import { startServer } from '../support/server.ts';

const [port, closedPort] = (await freePorts(2)) as [number, number];
const folder = await mkdtemp(join(tmpdir(), 'bindery-platforms-'));
afterAll(async () => await rm(folder, { recursive: true, force: true }));
const hostile = await startHostile(port);

const title = { zh: '平台', en: 'Platform' };
const open = { id: 'bindery', authentication: { method: 'none' } };
const oauth = {
  title,
  kind: 'oauth2',
  client: {
    id: 'wx-app',
    authentication: { method: 'client_secret_post', secret: { variable: 'WX_SECRET' } },
  },
  scopes: ['snsapi_login', 'snsapi_userinfo'],
  endpoints: {
    authorization: `${hostile.issuer}/oauth/auth`,
    token: `${hostile.issuer}/oauth/token`,
  },
  // As the open platforms answer: names of their own, and the id beside the access token.
  parameters: {
    tokenBy: 'get',
    clientId: 'appid',
    clientSecret: 'secret',
    scopeSeparator: ',',
  },
  requests: [
    {
      name: 'user',
      url: `${hostile.issuer}/oauth/me`,
      bearer: false,
      parameters: {
        access_token: { from: '/token/access_token' },
        openid: { from: '/token/openid' },
      },
    },
  ],
  claims: {
    externalId: '/token/openid',
    login: '/user/login',
    displayName: '/user/nickname',
    avatarUrl: '/user/headimgurl',
  },
};
const files = {
  evil: {
    id: 'evil',
    title,
    providers: [
      {
        id: 'evil',
        title,
        kind: 'oidc',
        issuer: hostile.issuer,
        client: open,
        scopes: ['openid'],
        userinfo: true,
        freshness: { parameters: { prompt: 'login' }, maxAge: true, authTime: true },
        amr: ['pwd'],
        claims: { kind: { from: '/type', values: { company: 'enterprise' } } },
      },
    ],
  },
  shop: {
    id: 'shop',
    title,
    providers: [
      { ...oauth, id: 'first', ids: 'own' },
      { ...oauth, id: 'second', ids: 'own', freshness: { parameters: { forcePopup: 'true' } } },
    ],
  },
  gone: {
    id: 'gone',
    title,
    providers: [
      {
        id: 'gone',
        title,
        kind: 'oidc',
        issuer: `http://localhost:${closedPort}`,
        client: open,
        scopes: ['openid'],
      },
    ],
  },
};
for (const [id, platform] of Object.entries(files))
  await writeFile(join(folder, `${id}.json`), JSON.stringify(platform));
const { issuer, bindery } = await startServer({
  env: { PLATFORMS_DIR: folder, WX_SECRET: 'wx-secret' },
});

beforeEach(() => {
  hostile.says = {};
});

/** Presses the button on a sign-in page; the request that the provider would get. */
async function depart(
  browser: HttpBrowser,
  provider = 'evil/evil',
  page: string | URL = '/account/sign-in',
): Promise<URLSearchParams> {
  return (await leaveForPlatform({ here: browser }, await browser.open(page), provider))
    .searchParams;
}

/** The provider's redirect back, with `more`. */
async function comeBack(
  browser: HttpBrowser,
  asked: URLSearchParams,
  { provider = 'evil/evil', ...more }: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const query = new URLSearchParams({
    code: 'c',
    state: asked.get('state') ?? '',
    ...(provider === 'evil/evil' ? { iss: hostile.issuer } : {}),
    ...more,
  });
  return await browser.go(`/upstream/${provider}/callback?${query}`);
}

/** Says `claims` of who signs in, with the nonce that was asked. */
function say(asked: URLSearchParams, claims: Readonly<Record<string, unknown>>): void {
  const sub = claims.sub ?? 'somebody';
  hostile.says = { claims: { sub, nonce: asked.get('nonce'), ...claims }, userinfo: { sub } };
}

async function enter(claims: Readonly<Record<string, unknown>>): Promise<Answer> {
  const browser = new HttpBrowser(issuer);
  const asked = await depart(browser);
  say(asked, claims);
  return await comeBack(browser, asked);
}

async function accountsOf(platform: string, externalId: string) {
  return await bindery.db.query<{ id: string; login: string; display_name: string; kind: string }>(
    sql`select id, login, display_name, kind from accounts where platform = ${platform} and external_id = ${externalId}`,
  );
}

const now = () => Math.floor(Date.now() / 1_000);

describe('what a provider answers', () => {
  test('an honest answer signs in, and makes the account with its kind [R47]', async () => {
    const answer = await enter({ sub: 'honest', preferred_username: 'Honest', type: 'company' });
    expect(answer.url.pathname).toBe('/account');
    const [made] = await accountsOf('evil', 'honest');
    expect([made?.login, made?.kind]).toStrictEqual(['honest', 'enterprise']);
  });

  test.each([
    ['another nonce', { nonce: 'other' }],
    ['another issuer', { iss: 'http://localhost:1' }],
    ['another audience', { aud: 'somebody-else' }],
    ['an ID token that ended an hour ago', { iat: now() - 7_200, exp: now() - 3_600 }],
    ['a sign-in in an hour', { auth_time: now() + 3_600 }],
  ])('%s signs nobody in, and makes no account', async (_, claims) => {
    const answer = await enter({ sub: 'liar', ...claims });
    expect(answer.status).toBe(422);
    expect(answer.page.title).toMatch(/cannot be trusted/);
    expect(await accountsOf('evil', 'liar')).toStrictEqual([]);
    expect((await new HttpBrowser(issuer).go('/account')).url.pathname).toBe('/account/sign-in');
  });

  test('another sub at the userinfo endpoint signs nobody in', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    say(asked, { sub: 'liar' });
    hostile.says.userinfo = { sub: 'somebody-else' };
    expect((await comeBack(browser, asked)).status).toBe(422);
    expect(await accountsOf('evil', 'liar')).toStrictEqual([]);
  });

  test('a callback that names another issuer signs nobody in (RFC 9207)', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    say(asked, { sub: 'liar' });
    expect((await comeBack(browser, asked, { iss: 'http://localhost:1' })).status).toBe(422);
    expect(await accountsOf('evil', 'liar')).toStrictEqual([]);
  });

  test('a key that is not published signs nobody in; a changed one does', async () => {
    expect((await enter({ sub: 'keys' })).url.pathname).toBe('/account');
    await hostile.changeKey({ published: false });
    expect((await enter({ sub: 'keys' })).status).toBe(422);
    await hostile.changeKey({ published: true });
    expect((await enter({ sub: 'keys' })).url.pathname).toBe('/account');
  });

  test('who comes back with a refusal is told so', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    const answer = await comeBack(browser, asked, { error: 'access_denied', code: '' });
    expect([answer.status, answer.page.title]).toStrictEqual([
      403,
      expect.stringMatching(/did not sign you in/),
    ]);
  });

  test('a provider that cannot be reached is said so, and other ways stay', async () => {
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open('/account/sign-in')).form('provider', 'gone/gone');
    const answer = await browser.go(form.action, { form: form.filled({ provider: 'gone/gone' }) });
    expect(answer.status).toBe(503);
    expect(answer.page.text).toMatch(/cannot be reached/);
    const { page } = answer;
    expect([page.hasForm('password'), page.hasForm('provider', 'evil/evil')]).toStrictEqual([
      true,
      true,
    ]);
  });

  test('a provider that fails in the middle is said so', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    hostile.says = { status: 502 };
    expect((await comeBack(browser, asked)).status).toBe(503);
  });

  test('a provider that nobody configured is refused', async () => {
    const browser = new HttpBrowser(issuer);
    const form = (await browser.open('/account/sign-in')).form('provider', 'gone/gone');
    const sent = form.filled({});
    sent.set('provider', 'evil/other');
    expect((await browser.go(form.action, { form: sent })).status).toBe(404);
  });
});

describe('the way back', () => {
  test('it leads nowhere in another browser, and stays good in its own', async () => {
    const mine = new HttpBrowser(issuer);
    const asked = await depart(mine);
    say(asked, { sub: 'mix-up' });
    const other = new HttpBrowser(issuer);
    await other.open('/account/sign-in');
    expect((await comeBack(other, asked)).status).toBe(410);
    expect((await comeBack(mine, asked)).url.pathname).toBe('/account');
  });

  test('it is good once', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    say(asked, { sub: 'replayed' });
    expect((await comeBack(browser, asked)).url.pathname).toBe('/account');
    expect((await comeBack(browser, asked)).status).toBe(410);
  });

  test('the ticket for the page that signs in is good once, and in one browser', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    say(asked, { sub: 'ticket' });
    const back = await browser.send(
      `/upstream/evil/evil/callback?code=c&state=${asked.get('state')}&iss=${hostile.issuer}`,
    );
    const ticket = back.location as URL;
    const thief = new HttpBrowser(issuer);
    expect((await thief.go(ticket)).status).toBe(410);
    expect((await browser.go(ticket)).url.pathname).toBe('/account');
    expect((await browser.go(ticket)).status).toBe(410);
  });

  test('the address of another provider does not take it', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    say(asked, { sub: 'crossed' });
    hostile.says.token = { access_token: 'at', openid: 'crossed' };
    expect((await comeBack(browser, asked, { provider: 'shop/first' })).status).toBe(410);
  });

  test('only a form of our own pages sends anybody', async () => {
    const browser = new HttpBrowser(issuer);
    await browser.open('/account/sign-in');
    const form = { provider: 'evil/evil', csrf: 'x' };
    expect((await browser.send('/account/sign-in/upstream', { form })).status).toBe(403);
  });
});

describe('the account that is entered', () => {
  test('two sign-ins of one external id at once make one account', async () => {
    const people = Array.from({ length: 4 }, () => new HttpBrowser(issuer));
    const asked = await Promise.all(
      people.map(async (browser) => await depart(browser, 'shop/first')),
    );
    hostile.says.token = { access_token: 'at', openid: 'raced' };
    hostile.says.user = { nickname: 'Raced' };
    const answers = await Promise.all(
      people.map(
        async (browser, at) =>
          await comeBack(browser, asked[at] as URLSearchParams, { provider: 'shop/first' }),
      ),
    );
    expect(answers.map(({ url }) => url.pathname)).toStrictEqual(people.map(() => '/account'));
    expect((await accountsOf('shop', 'first:raced')).length).toBe(1);
  });

  test('one id from two providers with ids of their own is two accounts [R45]', async () => {
    hostile.says.token = { access_token: 'at', openid: 'same' };
    hostile.says.user = { nickname: 'Same' };
    for (const provider of ['shop/first', 'shop/second']) {
      const browser = new HttpBrowser(issuer);
      const asked = await depart(browser, provider);
      expect((await comeBack(browser, asked, { provider })).url.pathname).toBe('/account');
    }
    const [first] = await accountsOf('shop', 'first:same');
    const [second] = await accountsOf('shop', 'second:same');
    expect(first && second && first.id !== second.id).toBe(true);
  });

  test('a login that is taken gets a suffix, and never the other account', async () => {
    await enter({ sub: 'amy-1', preferred_username: 'amy', email: 'amy@example.com' });
    await enter({ sub: 'amy-2', preferred_username: 'amy', email: 'amy@example.com' });
    const [first] = await accountsOf('evil', 'amy-1');
    const [second] = await accountsOf('evil', 'amy-2');
    expect(first?.login).toBe('amy');
    expect(second?.login).toMatch(/^amy-[\da-f]{6}$/);
    await enter({ sub: 'amy-2', preferred_username: 'amy' });
    expect((await accountsOf('evil', 'amy-2'))[0]).toStrictEqual(second);
  });

  test.each([
    ['10 KB long', 'x'.repeat(10_240)],
    ['with NUL', 'a\u0000b'],
    ['with a change of direction', 'a\u202eb'],
  ])('names %s are left out, and the person comes in', async (what, name) => {
    const sub = `odd-${what.length}`;
    const answer = await enter({ sub, preferred_username: name, name, picture: name });
    expect(answer.url.pathname).toBe('/account');
    const [made] = await accountsOf('evil', sub);
    expect(made?.login).toMatch(/^u-[\da-f]{12}$/);
    expect(made?.display_name).toBe(made?.login);
  });

  test.each([
    ['10 KB long', 'x'.repeat(10_240)],
    ['with NUL', 'a\u0000b'],
    ['with a change of direction', 'a\u202eb'],
  ])('an external id %s is refused', async (_, sub) => {
    const answer = await enter({ sub });
    expect([answer.status, answer.page.title]).toStrictEqual([
      422,
      expect.stringMatching(/did not say who you are/),
    ]);
  });

  test('its name and picture follow the platform at each sign-in [R47]', async () => {
    await enter({ sub: 'renamed', preferred_username: 'old-name', name: 'Old' });
    await enter({ sub: 'renamed', preferred_username: 'new-name', name: 'New' });
    const [now] = await accountsOf('evil', 'renamed');
    expect([now?.login, now?.display_name]).toStrictEqual(['new-name', 'New']);
  });

  test('a frozen account does not come in', async () => {
    await enter({ sub: 'frozen' });
    const [made] = await accountsOf('evil', 'frozen');
    await bindery.db.transaction(
      async (tx) =>
        await changeStatus(tx, made?.id as never, 'frozen', { actor: 'system', origin: 'scim' }),
    );
    const answer = await enter({ sub: 'frozen' });
    expect([answer.status, answer.page.title]).toStrictEqual([
      403,
      expect.stringMatching(/cannot sign in now/),
    ]);
  });

  test('an account that was reopened comes in again, with the platform’s old session', async () => {
    await enter({ sub: 'reopened', auth_time: now() - 600 });
    const [made] = await accountsOf('evil', 'reopened');
    for (const status of ['frozen', 'normal'] as const)
      await bindery.db.transaction(
        async (tx) =>
          await changeStatus(tx, made?.id as never, status, { actor: 'system', origin: 'scim' }),
      );
    const answer = await enter({ sub: 'reopened', auth_time: now() - 600 });
    expect(answer.url.pathname).toBe('/account');
  });
});

describe('a fresh sign-in upstream', () => {
  const app = web(issuer);

  async function bindAs(provider: string, sub: string, authTime?: number): Promise<Answer> {
    const browser = new HttpBrowser(issuer);
    const started = await app.start(details());
    const asked = await depart(browser, provider, started.url);
    expect(asked.get('prompt') ?? asked.get('forcePopup') ?? 'none').toBe(
      { 'evil/evil': 'login', 'shop/first': 'none', 'shop/second': 'true' }[provider],
    );
    say(asked, { sub, ...(authTime === undefined ? {} : { auth_time: authTime }) });
    hostile.says.token = { access_token: 'at', openid: sub };
    hostile.says.user = {};
    return await comeBack(browser, asked, { provider });
  }

  test('a binding asks for it, and refuses an older one', async () => {
    expect((await bindAs('evil/evil', 'fresh', now() - 5)).page.hasForm('decision')).toBe(true);
    const stale = await bindAs('evil/evil', 'stale', now() - 400);
    expect([stale.status, stale.page.title]).toStrictEqual([
      403,
      expect.stringMatching(/sign in again/),
    ]);
  });

  test('a provider that cannot be made to ask is never fresh', async () => {
    expect((await bindAs('shop/first', 'never')).status).toBe(403);
    expect((await bindAs('shop/second', 'asked')).page.hasForm('decision')).toBe(true);
  });
});

describe('a provider of plain OAuth 2.0', () => {
  test('its own names of parameters and answers are data [R47]', async () => {
    hostile.got.length = 0;
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser, 'shop/first');
    expect([asked.get('appid'), asked.get('scope'), asked.get('client_id')]).toStrictEqual([
      'wx-app',
      'snsapi_login,snsapi_userinfo',
      null,
    ]);
    hostile.says.token = { access_token: 'AT', openid: 'oWx_1' };
    hostile.says.user = { nickname: '小云', headimgurl: 'https://img.example/1.png' };
    expect((await comeBack(browser, asked, { provider: 'shop/first' })).url.pathname).toBe(
      '/account',
    );
    const token = hostile.got.find(({ path }) => path === '/oauth/token');
    expect([token?.query.get('appid'), token?.query.get('secret')]).toStrictEqual([
      'wx-app',
      'wx-secret',
    ]);
    const user = hostile.got.find(({ path }) => path === '/oauth/me');
    expect([user?.query.get('openid'), user?.query.get('access_token')]).toStrictEqual([
      'oWx_1',
      'AT',
    ]);
    expect((await accountsOf('shop', 'first:oWx_1'))[0]?.display_name).toBe('小云');
  });

  test('an error that it answers with status 200 signs nobody in', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser, 'shop/first');
    hostile.says.token = { errcode: 40_029, errmsg: 'invalid code' };
    expect((await comeBack(browser, asked, { provider: 'shop/first' })).status).toBe(422);
  });
});
