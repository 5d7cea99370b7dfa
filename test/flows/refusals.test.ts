import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ANSWERS_PATH } from '../../src/evidence/provider/wire.ts';
import { newId } from '../../src/kernel/ids.ts';
import { App, details, GRANT, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { answer, bind, makeFamily, offer, PASSWORD, signIn } from '../support/journeys.ts';
import { type LogLine, startServer } from '../support/server.ts';

const server = await startServer({ readLog: true });
const { issuer, bindery, logged, managementUrl } = server;
const app = web(issuer);

/** All log lines of refusals with the request id of an answer. */
function refusalsOf({ headers }: { readonly headers: Headers }): readonly LogLine[] {
  const id = headers.get('x-request-id');
  expect(String(id)).toMatch(/^[0-9A-HJKMNP-TV-Z]{12}$/);
  return logged.filter((line) => line.requestId === id && line.msg === 'refused');
}

/** The one refusal line of an answer; checks its members. */
function refusalOf(answered: { readonly headers: Headers }): LogLine {
  const [line, ...more] = refusalsOf(answered);
  assert.ok(line, 'the refusal was logged');
  // The refusal was logged once.
  expect(more).toStrictEqual([]);
  expect(line.level).toBe(30);
  const known = ['level', 'time', 'requestId', 'route', 'refusal', 'site', 'detail', 'msg'];
  expect(Object.keys(line).filter((name) => !known.includes(name))).toStrictEqual([]);
  return line;
}

/** The only source line that names a site. */
function sourceOf(site: unknown): string {
  const [, path, at] = /^(oidc-provider\/.+):(\d+)$/.exec(String(site)) ?? [];
  if (path)
    return readFileSync(join('node_modules', path), 'utf8').split('\n')[Number(at) - 1] ?? '';
  const naming = globSync('src/**/*.ts').flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`'${String(site)}'`))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect([`${String(site)} stands in ${naming.join(' and ')}`, naming.length]).toStrictEqual([
    `${String(site)} stands in ${naming.join(' and ')}`,
    1,
  ]);
  return naming[0] as string;
}

async function signedIn(login: string): Promise<HttpBrowser> {
  const browser = new HttpBrowser(issuer);
  await signIn(browser, await browser.open('/account/sign-in'), login);
  return browser;
}

/** Sends a form to a path, with the CSRF field of another page. */
async function post(
  browser: HttpBrowser,
  path: string,
  form: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const page = await browser.open('/bind');
  const filled = page.form('user_code').filled({});
  return await browser.send(path, { form: { ...Object.fromEntries(filled), ...form } });
}

describe('a refusal on a page leads to the line that refused', () => {
  test('the log of a wrong password leads to the line that refused', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const answered = await post(new HttpBrowser(issuer), '/account/sign-in', {
      login,
      password: 'hunter2-typed-wrong',
    });
    expect(answered.status).toBe(422);
    const line = refusalOf(answered);
    expect([line.refusal, line.route]).toStrictEqual(['wrong_credentials', '/account/sign-in']);
    expect(sourceOf(line.site)).toMatch(/^src\/accounts\/sign-in\.ts: .*'wrong_credentials'/);
    expect(String((line.detail as LogLine).account)).toMatch(/^acc_/);
    expect(JSON.stringify(logged)).not.toMatch(/hunter2/);
  });

  test('the log of an unknown login has no detail and no password', async () => {
    const answered = await post(new HttpBrowser(issuer), '/account/sign-in', {
      login: 'my-password-typed-here',
      password: 'x',
    });
    const line = refusalOf(answered);
    expect(line.refusal).toBe('wrong_credentials');
    expect('detail' in line).toBe(false);
    expect(JSON.stringify(logged)).not.toMatch(/my-password-typed-here/);
  });

  // biome-ignore format: a table is read by its columns
  const RECODED: readonly (readonly [what: string, path: string, form: Readonly<Record<string, string>>, code: string, route: string, source: RegExp])[] = [
    ['an unknown refusal',   `/account/refusals/${newId('brq')}`,                  { text: 'Please look at it again, it is mine.' }, 'unknown_refusal',  '/account/refusals/:request',                       /^src\/binding\/appeal-refusal\.ts: .*'unknown_request'/],
    ['an unknown binding',   `/account/bindings/${newId('bnd')}/raise`,            { to: '2' },                                      'unknown_binding',  '/account/bindings/:binding/raise',                 /^src\/binding\/grade-binding\.ts: .*'unknown_binding'/],
    ['a missing consent',    '/account/data/consents/biometrics/withdraw',        {},                                               'consent_not_given', '/account/data/consents/:consent/withdraw',         /^src\/evidence\/own-data\/withdraw-consent\.ts: .*'not_given'/],
    ['an unknown piece',     `/account/verification/pieces/${newId('evi')}/appeal`, { text: 'Please look at it again, it is mine.' }, 'unknown_evidence', '/account/verification/pieces/:evidence/appeal',    /^src\/evidence\/pieces\/appeal-evidence\.ts: .*'unknown_evidence'/],
  ];
  for (const [what, path, form, code, route, source] of RECODED) {
    test(`the log leads to the line that refused, also for ${what}`, async () => {
      const [login] = (await makeFamily(bindery.db, 1)) as [string];
      const line = refusalOf(await post(await signedIn(login), path, form));
      expect([line.refusal, line.route]).toStrictEqual([code, route]);
      expect(sourceOf(line.site)).toMatch(source);
    });
  }

  test('the log of a page’s own refusal leads to the line that refused', async () => {
    const forged = await new HttpBrowser(issuer).send('/bind', {
      form: { user_code: '1' },
      headers: { origin: 'https://evil.test' },
    });
    const line = refusalOf(forged);
    expect([line.refusal, line.route]).toStrictEqual(['forged_form', '/bind']);
    expect(sourceOf(line.site)).toMatch(/^src\/web\/core\/forms\.ts: /);
    const gone = refusalOf(await new HttpBrowser(issuer).send('/no-such-page'));
    expect([gone.refusal, gone.route]).toStrictEqual(['not_found', undefined]);
  });

  test('the log has the pattern of the route, never a link with a secret', async () => {
    const link = 'A'.repeat(43);
    const line = refusalOf(await new HttpBrowser(issuer).send(`/bind/q/${link}`));
    expect([line.refusal, line.route]).toStrictEqual(['dead_link', '/bind/q/:link']);
    expect(JSON.stringify(logged)).not.toMatch(new RegExp(link));
  });

  test('the page shows the reference that the log has, in both languages', async () => {
    for (const [language, words] of [
      ['en', /quote this reference: /],
      ['zh-CN', /请提供此编号：/],
    ] as const) {
      const answered = await new HttpBrowser(issuer, { 'accept-language': language }).send(
        `/bind/s/${newId('sit')}`,
      );
      const line = refusalOf(answered);
      expect(answered.page.textOfId('reference')).toMatch(words);
      expect(answered.page.textOfId('reference').endsWith(String(line.requestId))).toBe(true);
    }
  });

  test('a JSON answer has the reference that the log has', async () => {
    const status = refusalOf(await new HttpBrowser(issuer).send(`/bind/s/${newId('sit')}/status`));
    expect(sourceOf(status.site)).toMatch(/'unknown_approval_session'/);
    const list = refusalOf(await new HttpBrowser(issuer).send('/status/999999'));
    expect([list.refusal, list.route]).toStrictEqual(['unknown_list', '/status/:id']);
    expect(sourceOf(list.site)).toMatch(/^src\/api\/status\.routes\.ts: /);
    const forged = refusalOf(await app.post(ANSWERS_PATH, { a: 'b' }));
    expect(sourceOf(forged.site)).toMatch(/^src\/evidence\/provider\/signature\.ts: /);
  });

  for (const body of ['{"advance":"PT-1H"}', '{"advance":7}', '{}', 'no JSON'])
    test(`the log of a refused move of the clock leads to its line: ${body}`, async () => {
      const headers = { 'content-type': 'application/json' };
      const moved = await fetch(`${managementUrl}/demo/clock`, { method: 'POST', headers, body });
      expect([moved.status, moved.headers.get('content-type')]).toStrictEqual([
        400,
        'application/problem+json',
      ]);
      const line = refusalOf(moved);
      expect([line.refusal, line.route]).toStrictEqual(['malformed_duration', '/demo/clock']);
      expect(sourceOf(line.site)).toMatch(/^src\/api\/management\.ts: /);
    });
});

describe('an OAuth error leads to the line that refused', () => {
  test('the log of a refusal in the domain leads to the line that refused', async () => {
    const pushed = await app.push({
      authorization_details: JSON.stringify([details({ pack: 'no-such-pack' })]),
    });
    expect(pushed.body.error).toBe('invalid_authorization_details');
    const line = refusalOf(pushed);
    expect([line.refusal, line.route, line.detail]).toStrictEqual([
      'invalid_authorization_details',
      '/request',
      { client: 'demo-web', member: 'pack' },
    ]);
    expect(sourceOf(line.site)).toMatch(/^src\/binding\/authorization-details\.ts: .*'pack'/);
  });

  test('the log of a refusal in the oidc room leads to the line that refused', async () => {
    const line = refusalOf(await app.post('/binding-requests', {}));
    expect([line.refusal, line.route]).toStrictEqual(['invalid_request', '/binding-requests']);
    expect(sourceOf(line.site)).toMatch(/^src\/oidc\/binding-requests\.ts: /);
  });

  test('the log of an oidc-provider error leads to its line, without its message', async () => {
    const wrong = await new App(issuer, 'demo-web', 'not-the-secret-typed').post('/token', {
      grant_type: GRANT,
    });
    const line = refusalOf(wrong);
    expect([line.refusal, line.route]).toStrictEqual(['invalid_client', '/token']);
    expect(String(line.site)).toMatch(/^oidc-provider\/lib\/shared\/[\w/]+\.js:\d+$/);
    expect(sourceOf(line.site)).toMatch(/InvalidClientAuth/);
    const elsewhere = refusalOf(await app.push({ redirect_uri: 'https://typed.example/' }));
    expect(elsewhere.refusal).toBe('invalid_request');
    expect(sourceOf(elsewhere.site)).toMatch(/InvalidRedirectUri/);
    expect(JSON.stringify(logged)).not.toMatch(/not-the-secret-typed|typed\.example/);
  });

  // oidc-provider emits two errors where the address is wrong beside something else
  for (const [what, more] of [
    ['alone', {}],
    ['and PKCE is missing', { code_challenge: '' }],
    ['beside a wrong response_type', { response_type: 'token' }],
    ['beside a wrong prompt', { prompt: 'no-such-prompt' }],
    ['beside a wrong response_mode', { response_mode: 'no-such-mode' }],
  ] as const)
    test(`a wrong redirect_uri at /auth is logged once: ${what}`, async () => {
      const query = new URLSearchParams({
        client_id: 'demo-web',
        response_type: 'code',
        scope: 'openid',
        redirect_uri: 'https://typed.example/',
        code_challenge: 'A'.repeat(43),
        code_challenge_method: 'S256',
        ...more,
      });
      const answered = await new HttpBrowser(issuer).send(`/auth?${query}`);
      expect(answered.status).toBe(400);
      const line = refusalOf(answered);
      expect([line.refusal, line.detail]).toStrictEqual([
        'invalid_redirect_uri',
        { client: 'demo-web' },
      ]);
      expect(line.site).toMatch(/^oidc-provider\/lib\/[\w/]+\.js:\d+$/);
    });

  test('the log of a person’s refusal leads to the line of the page', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const browser = new HttpBrowser(issuer);
    const consent = await signIn(
      browser,
      await browser.open((await app.start(details())).url),
      login,
    );
    const form = consent.form('decision', 'refuse');
    const left = await browser.go(form.action, { form: form.filled({ decision: 'refuse' }) });
    expect(left.location?.searchParams.get('error')).toBe('access_denied');
    const line = refusalOf(left);
    expect(line.refusal).toBe('access_denied');
    expect(sourceOf(line.site)).toMatch(
      /^src\/web\/approval\/interaction\.pages\.ts: .*did not consent/,
    );
  });
});

describe('a refused redemption leads to the line that refused', () => {
  test('the log of an unknown handle leads to the line that refused', async () => {
    const line = refusalOf(await app.redeem('B'.repeat(43)));
    expect([line.refusal, line.route, line.detail]).toStrictEqual([
      'invalid_grant',
      '/token',
      { client: 'demo-web' },
    ]);
    expect(sourceOf(line.site)).toMatch(/^src\/tokens\/redeem-request\.ts: if \(!stored\)/);
    expect(JSON.stringify(logged)).not.toMatch(/B{43}/);
  });

  test('the log of a refused request names the line and the request', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary);
    await answer(offered, sub, 'refuse');
    const told = await app.redeem(offered.handle);
    expect(told.body.error).toBe('access_denied');
    const line = refusalOf(told);
    expect(line.refusal).toBe('refused_by_owner');
    expect(String((line.detail as LogLine).request)).toMatch(/^brq_/);
    expect(sourceOf(line.site)).toMatch(/^src\/tokens\/redeem-request\.ts: /);
  });

  test('the log of a second redemption leads to the line that refused', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { offer: offered } = await bind(app, primary, sub);
    await advance(managementUrl, 'PT2M');
    const line = refusalOf(await app.redeem(offered.handle));
    expect(line.refusal).toBe('invalid_grant');
    expect(sourceOf(line.site)).toMatch(/^src\/tokens\/redeem-request\.ts: /);
  });

  test('an app that is asked to wait is not logged as refused', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const offered = await offer(app, primary);
    expect(refusalsOf(await app.redeem(offered.handle))).toStrictEqual([]);
    const soon = refusalOf(await app.redeem(offered.handle));
    expect([soon.refusal, (soon.detail as LogLine).interval]).toStrictEqual(['slow_down', 10]);
  });
});

test('refusals and answers to redemptions are counted', async () => {
  const before = await server.metrics();
  const count = (metrics: string, series: string) =>
    Number(
      metrics
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length) ?? 0,
    );
  await app.redeem('C'.repeat(43));
  await app.redeem('D'.repeat(43));
  await post(new HttpBrowser(issuer), '/account/sign-in', {
    login: 'nobody-at-all',
    password: PASSWORD,
  });
  const after = await server.metrics();
  const grown = (series: string) => count(after, series) - count(before, series);
  expect(grown('bindery_refusals_total{code="invalid_grant"}')).toBe(2);
  expect(grown('bindery_refusals_total{code="wrong_credentials"}')).toBe(1);
  expect(grown('bindery_redemptions_total{answer="invalid_grant"}')).toBe(2);
  expect(count(after, 'bindery_redemptions_total{answer="bound"}')).toBeGreaterThanOrEqual(1);
  // Every code is a known one.
  expect(count(after, 'bindery_refusals_total{code="other"}')).toBe(0);
});
