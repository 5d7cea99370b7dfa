import { beforeEach, describe, expect, test } from '@jest/globals';
import { now, startHostileWorld } from '../fixtures/hostile-world.ts';
import { HttpBrowser } from '../support/http-browser.ts';

const world = await startHostileWorld();
const { hostile, issuer, depart, comeBack, say, enter, accountsOf } = world;

beforeEach(() => {
  hostile.says = {};
});

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

  test.each([
    ['invalid_grant', 403, /did not sign you in/],
    ['invalid_client', 422, /cannot be trusted/],
  ])('%s for the code is said as what it means', async (error, status, title) => {
    const browser = new HttpBrowser(issuer);
    const asked = await depart(browser);
    hostile.says = { status: 400, error };
    const answer = await comeBack(browser, asked);
    expect([answer.status, answer.page.title]).toStrictEqual([
      status,
      expect.stringMatching(title),
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
