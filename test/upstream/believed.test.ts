import { beforeEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { now, startHostileWorld } from '../fixtures/hostile-world.ts';
import { details, text, web } from '../support/apps.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';

const world = await startHostileWorld();
const { hostile, issuer, bindery, depart, comeBack, say, enter, accountsOf } = world;

beforeEach(() => {
  hostile.says = {};
});

describe('what is believed', () => {
  const app = web(issuer);

  async function enterStrictly(claims: object, userinfo: object = {}): Promise<Answer> {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser, 'strict/strict');
    expect(asked.get('acr_values')).toBe('gold');
    const sub = String((claims as { sub?: string }).sub);
    say(asked, { ...claims });
    hostile.says.userinfo = { sub, ...userinfo };
    return await comeBack(browser, asked, { provider: 'strict/strict', iss: hostile.issuer });
  }

  async function ownerOf(platform: string, externalId: string): Promise<string | null> {
    const [account] = await accountsOf(platform, externalId);
    return (account && (await findAccount(bindery.db, account.id))?.ownerId) ?? null;
  }

  test('an acr that is not enough signs nobody in', async () => {
    expect((await enterStrictly({ sub: 'silver', acr: 'silver' })).status).toBe(403);
    expect(await accountsOf('strict', 'silver')).toStrictEqual([]);
    expect((await enterStrictly({ sub: 'gold', acr: 'gold' })).url.pathname).toBe('/account');
  });

  test('only a signed claim names an owner, and only where it is believed [R44]', async () => {
    await enterStrictly({ sub: 'told', acr: 'gold' }, { owner: 'o-1' });
    expect(await ownerOf('strict', 'told')).toBe(null);
    await enterStrictly({ sub: 'signed', acr: 'gold', owner: 'o-1' });
    expect(await ownerOf('strict', 'signed')).toMatch(/^own_/);
    await enter({ sub: 'not-believed', owner: 'o-1' });
    expect(await ownerOf('evil', 'not-believed')).toBe(null);
  });

  test('only values of amr that are believed are told to apps', async () => {
    const browser = new HttpBrowser(issuer);
    const started = await app.start(undefined, { scope: 'openid' });
    const asked = await depart(browser, 'evil/evil', started.url);
    say(asked, { sub: 'methods', amr: ['pwd', 'face', 'hwk'] });
    const { page } = await comeBack(browser, asked);
    const form = page.form('decision');
    const sent = { form: form.filled({ decision: 'approve' }) };
    const { location } = await browser.go(form.action, sent);
    const { body } = await app.exchange(location as URL, started);
    expect(decodeJwt(text(body, 'id_token')).amr).toStrictEqual(['pwd']);
  });

  test('a ticket for one page is worth nothing at another', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    say(asked, { sub: 'elsewhere' });
    const back = await browser.send(
      `/upstream/evil/evil/callback?code=c&state=${asked.get('state')}&iss=${hostile.issuer}`,
    );
    const ticket = back.location?.searchParams.get('ticket');
    const moved = `/account/sign-in/upstream?to=%2Faccount%2Fbindings&ticket=${ticket}`;
    expect((await browser.go(moved)).status).toBe(410);
  });

  test('a redirect of the token endpoint is not followed', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser, 'shop/first');
    hostile.got.length = 0;
    hostile.says = { status: 307, location: `${hostile.issuer}/elsewhere` };
    expect((await comeBack(browser, asked, { provider: 'shop/first' })).status).toBe(422);
    expect(hostile.got.map(({ path }) => path)).toStrictEqual(['/oauth/token']);
  });

  test('an answer of 300 KB is not read', async () => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser, 'shop/first');
    hostile.says.token = { access_token: 'at', openid: 'big', padding: 'x'.repeat(300_000) };
    expect((await comeBack(browser, asked, { provider: 'shop/first' })).status).toBe(503);
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
