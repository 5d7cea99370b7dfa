import { describe, expect, test } from '@jest/globals';
import { startApprovalServer } from '../fixtures/approval.ts';
import { signIn } from '../support/journeys.ts';

const { app, somebody, primary } = await startApprovalServer();

describe('paths and methods', () => {
  test('an unknown path is a page for people and no HTML for programs', async () => {
    const { status, page } = await somebody().send('/playground');
    expect(status).toBe(404);
    expect(page.text).toMatch(/There is no such page/);
    expect(
      (await somebody().send('/playground', { headers: { accept: 'application/json' } })).html,
    ).not.toMatch(/<html/);
  });

  test('a wrong method is 405 with the allowed ones', async () => {
    const { status, headers } = await somebody().send('/account/sign-out');
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('POST');
  });

  test('an interaction that ended or is foreign says how to go on', async () => {
    const page = await somebody().open((await app.start()).url);
    for (const path of [page.url.pathname, '/interaction/nothing', `${page.url.pathname}x`]) {
      const answer = await somebody().send(path);
      expect([path, answer.status]).toStrictEqual([path, 410]);
      expect(answer.page.text).toMatch(/Go back to the app/);
    }
  });

  test('an invalid request of an app shows an error page and does not redirect', async () => {
    const { status, page } = await somebody().send('/auth?client_id=nobody');
    expect(status).toBe(400);
    expect(page.text).toMatch(/The app's request has a problem/);
  });

  test('signing out at the provider asks first, on a page of Bindery', async () => {
    const browser = somebody();
    await signIn(browser, await browser.open((await app.start()).url), primary);
    const page = await browser.open('/session/end');
    expect(page.text).toMatch(/Sign out\?/);
    expect(page.has('op.logoutForm')).toBe(true);
  });

  test('assets are cached for a year under a name that changes with their content', async () => {
    const { html } = await somebody().send('/');
    const [, path = ''] = /href="(\/assets\/bindery\.[\w-]{12}\.css)"/.exec(html) ?? [];
    const { status, headers } = await somebody().send(path);
    expect(status).toBe(200);
    expect(headers.get('cache-control') ?? '').toMatch(/immutable/);
    for (const gone of ['/assets/bindery.000000000000.css', '/assets/..%2f..%2fpackage.json']) {
      expect([gone, (await somebody().send(gone)).status]).toStrictEqual([gone, 404]);
    }
  });
});

describe('the language of a page', () => {
  test('the app’s language is used on every page until the person chooses one', async () => {
    const browser = somebody();
    const { url } = await app.start(
      { type: 'account_binding', role: 'primary' },
      { ui_locales: 'zh-CN' },
    );
    const consent = await signIn(browser, await browser.open(url), primary);
    expect(consent.title).toMatch(/发起账号绑定/);
    const { html } = await browser.go(consent.form('decision').action, {
      form: consent.form('decision').filled({ decision: 'approve' }),
    });
    expect(html).toMatch(/<html lang="zh-CN">/);
    expect(html).toMatch(/id="user-code"/);
  });

  test('the person’s own language comes before the app’s', async () => {
    const browser = somebody();
    await browser.send('/?lang=en');
    const page = await browser.open((await app.start(undefined, { ui_locales: 'zh-CN' })).url);
    expect(page.title).toMatch(/Sign in/);
  });

  for (const [accept, language] of [
    ['zh-TW,zh;q=0.9', 'zh-CN'],
    ['en-GB', 'en'],
    ['fr-FR', 'zh-CN'],
    ['*', 'zh-CN'],
  ] as const) {
    test(`the language is ${language} for a browser that prefers ${accept}`, async () => {
      const { html } = await somebody().send('/', { headers: { 'accept-language': accept } });
      expect(html).toMatch(new RegExp(`<html lang="${language}">`));
    });
  }
});
