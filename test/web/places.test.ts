import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { signIn } from '../support/journeys.ts';
import { startStand } from './stand.ts';

const { app, somebody, primary } = await startStand();

describe('places and methods', () => {
  test('what is not there is a page for people and nothing of the kind for programs', async () => {
    const { status, page } = await somebody().send('/playground');
    assert.equal(status, 404);
    assert.match(page.text, /There is no such page/);
    assert.doesNotMatch(
      (await somebody().send('/playground', { headers: { accept: 'application/json' } })).html,
      /<html/,
    );
  });

  test('a wrong method says which are right', async () => {
    const { status, headers } = await somebody().send('/account/sign-out');
    assert.equal(status, 405);
    assert.equal(headers.get('allow'), 'POST');
  });

  test('an interaction that is over or another browser’s says how to go on', async () => {
    const page = await somebody().open((await app.start()).url);
    for (const path of [page.url.pathname, '/interaction/nothing', `${page.url.pathname}x`]) {
      const answer = await somebody().send(path);
      assert.equal(answer.status, 410, path);
      assert.match(answer.page.text, /Go back to the app/);
    }
  });

  test('an app’s bad request is a page that tells the app nothing', async () => {
    const { status, page } = await somebody().send('/auth?client_id=nobody');
    assert.equal(status, 400);
    assert.match(page.text, /The app's request has a problem/);
  });

  test('signing out of the authorization session asks first, in Bindery’s words', async () => {
    const surfer = somebody();
    await signIn(surfer, await surfer.open((await app.start()).url), primary);
    const page = await surfer.open('/session/end');
    assert.match(page.text, /Sign out\?/);
    assert.ok(page.has('op.logoutForm'));
  });

  test('styles and scripts may be kept for a year, under a name that changes with them', async () => {
    const { html } = await somebody().send('/');
    const [, path = ''] = /href="(\/assets\/bindery\.[\w-]{12}\.css)"/.exec(html) ?? [];
    const { status, headers } = await somebody().send(path);
    assert.equal(status, 200);
    assert.match(headers.get('cache-control') ?? '', /immutable/);
    for (const gone of ['/assets/bindery.000000000000.css', '/assets/..%2f..%2fpackage.json']) {
      assert.equal((await somebody().send(gone)).status, 404, gone);
    }
  });
});

describe('the language', () => {
  test('is the app’s where the person has not chosen, on every page of its request', async () => {
    const surfer = somebody();
    const { url } = await app.start(
      { type: 'account_binding', role: 'primary' },
      { ui_locales: 'zh-CN' },
    );
    const consent = await signIn(surfer, await surfer.open(url), primary);
    assert.match(consent.title, /发起账号绑定/);
    const { html } = await surfer.go(consent.form('decision').action, {
      form: consent.form('decision').filled({ decision: 'approve' }),
    });
    assert.match(html, /<html lang="zh-CN">/);
    assert.match(html, /id="user-code"/);
  });

  test('is the person’s own choice before the app’s', async () => {
    const surfer = somebody();
    await surfer.send('/?lang=en');
    const page = await surfer.open((await app.start(undefined, { ui_locales: 'zh-CN' })).url);
    assert.match(page.title, /Sign in/);
  });

  for (const [accept, language] of [
    ['zh-TW,zh;q=0.9', 'zh-CN'],
    ['en-GB', 'en'],
    ['fr-FR', 'zh-CN'],
    ['*', 'zh-CN'],
  ] as const) {
    test(`is ${language} for a browser that prefers ${accept}`, async () => {
      const { html } = await somebody().send('/', { headers: { 'accept-language': accept } });
      assert.match(html, new RegExp(`<html lang="${language}">`));
    });
  }
});
