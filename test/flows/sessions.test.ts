import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { sql } from '../../src/store/sql.ts';
import { details, text, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import {
  answerHere,
  arrive,
  decide,
  makeFamily,
  offer,
  openBindings,
  PASSWORD,
  signIn,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

/** Asks silently (`prompt=none`) whose session the browser has; gives the subject or the error. */
async function whoIsHere(browser: HttpBrowser): Promise<string> {
  const silent = await app.start(undefined, { prompt: 'none' });
  const callback = await browser.leave(silent.url);
  const error = callback.searchParams.get('error');
  if (error !== null) return error;
  return String(decodeJwt(text((await app.exchange(callback, silent)).body, 'id_token')).sub);
}

/** Signs in at the app without a binding; gives the tokens. */
async function signInOrdinarily(browser: HttpBrowser, login: string) {
  const started = await app.start();
  const consent = await signIn(browser, await browser.open(started.url), login);
  const form = consent.form('decision', 'approve');
  const { location } = await browser.go(form.action, {
    form: form.filled({ decision: 'approve' }),
  });
  return (await app.exchange(location as URL, started)).body;
}

test('the counterparty’s sign-in does not change the initiator’s session', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const browser = new HttpBrowser(issuer);
  const before = decodeJwt(text(await signInOrdinarily(browser, primary), 'id_token')).sub;
  const consent = await browser.open((await app.start(details())).url);
  // The sign-in of a moment ago is fresh enough.
  expect(consent.hasForm('login')).toBe(false);
  const waiting = await decide(browser, consent);
  const { result } = await answerHere(browser, waiting, sub);
  // The counterparty has signed in.
  expect(await whoIsHere(browser)).toBe(before);
  await browser.leave(result.link('continue'));
  // The accounts are bound.
  expect(await whoIsHere(browser)).toBe(before);
});

test('an answer with a code does not change who is signed in at the browser', async () => {
  const [primary, sub, bystander] = (await makeFamily(bindery.db, 3)) as [string, string, string];
  const browser = new HttpBrowser(issuer);
  const before = decodeJwt(text(await signInOrdinarily(browser, bystander), 'id_token')).sub;
  await openBindings(browser, bystander);
  const offered = await offer(app, primary);
  await decide(browser, await arrive(browser, offered.code, sub));
  expect(await whoIsHere(browser)).toBe(before);
  // The account pages show the same account.
  expect((await browser.open('/account')).text).toMatch(new RegExp(`@${bystander}\\b`));
});

test('a sign-in for an approval session opens no session of the browser', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const offered = await offer(app, primary);
  const browser = new HttpBrowser(issuer);
  await decide(browser, await arrive(browser, offered.code, sub));
  expect(await whoIsHere(browser)).toBe('login_required');
  expect((await browser.open('/account')).hasForm('login')).toBe(true);
  // The initiator's approval session opens none either.
  expect(await whoIsHere(offered.browser)).toBe('login_required');
});

test('a binding keeps the earlier consent, so the next sign-in asks nothing', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const browser = new HttpBrowser(issuer);
  await signInOrdinarily(browser, primary);
  const waiting = await decide(browser, await browser.open((await app.start(details())).url));
  const { result } = await answerHere(browser, waiting, sub);
  await browser.leave(result.link('continue'));
  expect(await whoIsHere(browser)).not.toMatch(/_required$/);
});

test('a binding needs a new sign-in when the session is older than five minutes', async () => {
  const [primary] = (await makeFamily(bindery.db, 1)) as [string];
  const browser = new HttpBrowser(issuer);
  await signInOrdinarily(browser, primary);
  // oidc-provider counts a session by its loginTs, which the wall clock gave.
  await bindery.db.query(sql`
    update oidc_artifacts set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::bigint - 301))
     where model = 'Session'`);
  const page = await browser.open((await app.start(details())).url);
  expect([page.title, page.hasForm('login')]).toStrictEqual([page.title, true]);
  expect((await signIn(browser, page, primary)).hasForm('decision', 'approve')).toBe(true);
});

test('RP-initiated logout asks, ends the session and returns with the state', async () => {
  const [login] = (await makeFamily(bindery.db, 1)) as [string];
  const browser = new HttpBrowser(issuer);
  const { id_token: idToken } = await signInOrdinarily(browser, login);
  const query = new URLSearchParams({
    id_token_hint: String(idToken),
    post_logout_redirect_uri: 'http://localhost:4000/',
    state: 'bye',
  });
  const page = await browser.open(`/session/end?${query}`);
  // Opening the page does not end the session.
  expect(await whoIsHere(browser)).not.toBe('login_required');
  const [confirm] = page.formsEnding('/session/end/confirm');
  assert.ok(confirm);
  const fields = confirm.form.filled({});
  fields.set('logout', 'yes');
  const left = await browser.go(confirm.form.action, { form: fields });
  expect(left.location?.href).toBe('http://localhost:4000/?state=bye');
  expect(await whoIsHere(browser)).toBe('login_required');
});

test('RP-initiated logout does not redirect to an unregistered address', async () => {
  const [login] = (await makeFamily(bindery.db, 1)) as [string];
  const browser = new HttpBrowser(issuer);
  const { id_token: idToken } = await signInOrdinarily(browser, login);
  const query = new URLSearchParams({
    id_token_hint: String(idToken),
    post_logout_redirect_uri: 'https://evil.example/',
  });
  const answer = await browser.send(`/session/end?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.html).not.toMatch(/evil\.example/);
});

test('signing in with another account says so and ends the old session', async () => {
  const [before, now] = (await makeFamily(bindery.db, 2)) as [string, string];
  const browser = new HttpBrowser(issuer);
  const first = decodeJwt(text(await signInOrdinarily(browser, before), 'id_token')).sub;
  const started = await app.start(undefined, { prompt: 'login' });
  const form = (await browser.open(started.url)).form('login');
  const answer = await browser.go(form.action, {
    form: form.filled({ login: now, password: PASSWORD }),
  });
  expect(answer.status).toBe(200);
  expect(answer.page.text).toMatch(/Switch accounts.*signed out here/);
  expect(answer.html).not.toMatch(/Submitting Callback|<script>/);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/script-src 'self'/);
  // The security policy lets the form redirect to the app.
  expect(policy).toMatch(/form-action 'self' http:\/\/localhost:4000/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const chinese = await browser.send(`${answer.url.pathname}?lang=zh-CN`);
  // The page can be reloaded in the other language.
  expect(chinese.page.text).toMatch(/切换账号.*在这里退出/);

  const [goOn] = chinese.page.formsEnding('/session/end/confirm');
  assert.ok(goOn);
  const consent = await browser.press(goOn.form);
  const decision = consent.form('decision', 'approve');
  const { location } = await browser.go(decision.action, {
    form: decision.filled({ decision: 'approve' }),
  });
  const { body } = await app.exchange(location as URL, started);
  expect(decodeJwt(text(body, 'id_token')).sub).not.toBe(first);
  expect(await whoIsHere(browser)).toBe(decodeJwt(text(body, 'id_token')).sub);
});

test('a sign-out without a session shows a page of Bindery', async () => {
  const page = await new HttpBrowser(issuer).open('/session/end');
  expect(page.text).toMatch(/No account is signed in/);
  const [goOn] = page.formsEnding('/session/end/confirm');
  expect(goOn).toBeTruthy();
});
