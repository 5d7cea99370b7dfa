import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { sql } from '../../src/store/sql.ts';
import { details, text, web } from '../support/apps.ts';
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
import { Surfer } from '../support/surfer.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

/** Whose session the browser has, by a silent authorization (`prompt=none`): the ID token's subject, or the error. */
async function whoIsHere(surfer: Surfer): Promise<string> {
  const silent = await app.start(undefined, { prompt: 'none' });
  const callback = await surfer.leave(silent.url);
  const error = callback.searchParams.get('error');
  if (error !== null) return error;
  return String(decodeJwt(text((await app.exchange(callback, silent)).body, 'id_token')).sub);
}

/** An ordinary sign-in; gives the tokens. */
async function signInOrdinarily(surfer: Surfer, login: string) {
  const started = await app.start();
  const consent = await signIn(surfer, await surfer.open(started.url), login);
  const form = consent.form('decision', 'approve');
  const { location } = await surfer.go(form.action, { form: form.filled({ decision: 'approve' }) });
  return (await app.exchange(location as URL, started)).body;
}

test("the second sign-in of a binding in one browser leaves the initiator's session as it was", async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const surfer = new Surfer(issuer);
  const before = decodeJwt(text(await signInOrdinarily(surfer, primary), 'id_token')).sub;
  const consent = await surfer.open((await app.start(details())).url);
  // a sign-in of just now is fresh enough
  expect(consent.hasForm('login')).toBe(false);
  const waiting = await decide(surfer, consent);
  const { result } = await answerHere(surfer, waiting, sub);
  // after the second sign-in
  expect(await whoIsHere(surfer)).toBe(before);
  await surfer.leave(result.link('continue'));
  // after the binding
  expect(await whoIsHere(surfer)).toBe(before);
});

test('somebody who answers with a code in a browser of another account stays that account there', async () => {
  const [primary, sub, bystander] = (await makeFamily(bindery.db, 3)) as [string, string, string];
  const surfer = new Surfer(issuer);
  const before = decodeJwt(text(await signInOrdinarily(surfer, bystander), 'id_token')).sub;
  await openBindings(surfer, bystander);
  const offered = await offer(app, primary);
  await decide(surfer, await arrive(surfer, offered.code, sub));
  expect(await whoIsHere(surfer)).toBe(before);
  // the account pages too
  expect((await surfer.open('/account')).text).toMatch(new RegExp(`@${bystander}\\b`));
});

test('signing in for an approval session opens no session at all', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const offered = await offer(app, primary);
  const surfer = new Surfer(issuer);
  await decide(surfer, await arrive(surfer, offered.code, sub));
  expect(await whoIsHere(surfer)).toBe('login_required');
  expect((await surfer.open('/account')).hasForm('login')).toBe(true);
  // nor for the initiator's
  expect(await whoIsHere(offered.surfer)).toBe('login_required');
});

test('a binding leaves the consent of before: the next ordinary sign-in asks nothing anew', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const surfer = new Surfer(issuer);
  await signInOrdinarily(surfer, primary);
  const waiting = await decide(surfer, await surfer.open((await app.start(details())).url));
  const { result } = await answerHere(surfer, waiting, sub);
  await surfer.leave(result.link('continue'));
  expect(await whoIsHere(surfer)).not.toMatch(/_required$/);
});

test('a binding asked for with a session older than five minutes takes a new sign-in', async () => {
  const [primary] = (await makeFamily(bindery.db, 1)) as [string];
  const surfer = new Surfer(issuer);
  await signInOrdinarily(surfer, primary);
  // oidc-provider counts a session by its loginTs, which the wall clock gave.
  await bindery.db.query(sql`
    update oidc_artifacts set payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload ->> 'loginTs')::bigint - 301))
     where model = 'Session'`);
  const page = await surfer.open((await app.start(details())).url);
  expect([page.title, page.hasForm('login')]).toStrictEqual([page.title, true]);
  expect((await signIn(surfer, page, primary)).hasForm('decision', 'approve')).toBe(true);
});

test('RP-initiated logout asks, ends the session, and goes back to the registered address with the state', async () => {
  const [login] = (await makeFamily(bindery.db, 1)) as [string];
  const surfer = new Surfer(issuer);
  const { id_token: idToken } = await signInOrdinarily(surfer, login);
  const query = new URLSearchParams({
    id_token_hint: String(idToken),
    post_logout_redirect_uri: 'http://localhost:4000/',
    state: 'bye',
  });
  const page = await surfer.open(`/session/end?${query}`);
  // opening the page ends nothing
  expect(await whoIsHere(surfer)).not.toBe('login_required');
  const [confirm] = page.formsEnding('/session/end/confirm');
  assert.ok(confirm);
  const fields = confirm.form.filled({});
  fields.set('logout', 'yes');
  const left = await surfer.go(confirm.form.action, { form: fields });
  expect(left.location?.href).toBe('http://localhost:4000/?state=bye');
  expect(await whoIsHere(surfer)).toBe('login_required');
});

test('RP-initiated logout goes to no address that is not registered', async () => {
  const [login] = (await makeFamily(bindery.db, 1)) as [string];
  const surfer = new Surfer(issuer);
  const { id_token: idToken } = await signInOrdinarily(surfer, login);
  const query = new URLSearchParams({
    id_token_hint: String(idToken),
    post_logout_redirect_uri: 'https://evil.example/',
  });
  const answer = await surfer.send(`/session/end?${query}`);
  expect(answer.status).toBe(400);
  expect(answer.html).not.toMatch(/evil\.example/);
});

test('signing in to an app with another account says so on a page of ours, and ends the one before', async () => {
  const [before, now] = (await makeFamily(bindery.db, 2)) as [string, string];
  const surfer = new Surfer(issuer);
  const first = decodeJwt(text(await signInOrdinarily(surfer, before), 'id_token')).sub;
  const started = await app.start(undefined, { prompt: 'login' });
  const form = (await surfer.open(started.url)).form('login');
  const answer = await surfer.go(form.action, {
    form: form.filled({ login: now, password: PASSWORD }),
  });
  expect(answer.status).toBe(200);
  expect(answer.page.text).toMatch(/Switch accounts.*signed out here/);
  expect(answer.html).not.toMatch(/Submitting Callback|<script>/);
  const policy = answer.headers.get('content-security-policy') ?? '';
  expect(policy).toMatch(/script-src 'self'/);
  // the form may lead back to the app in the end
  expect(policy).toMatch(/form-action 'self' http:\/\/localhost:4000/);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const chinese = await surfer.send(`${answer.url.pathname}?lang=zh-CN`);
  // reloaded, in the other language
  expect(chinese.page.text).toMatch(/切换账号.*在这里退出/);

  const [goOn] = chinese.page.formsEnding('/session/end/confirm');
  assert.ok(goOn);
  const consent = await surfer.press(goOn.form);
  const decision = consent.form('decision', 'approve');
  const { location } = await surfer.go(decision.action, {
    form: decision.filled({ decision: 'approve' }),
  });
  const { body } = await app.exchange(location as URL, started);
  expect(decodeJwt(text(body, 'id_token')).sub).not.toBe(first);
  expect(await whoIsHere(surfer)).toBe(decodeJwt(text(body, 'id_token')).sub);
});

test('a sign-out where nobody is signed in is a page of ours, too', async () => {
  const page = await new Surfer(issuer).open('/session/end');
  expect(page.text).toMatch(/No account is signed in/);
  const [goOn] = page.formsEnding('/session/end/confirm');
  expect(goOn).toBeTruthy();
});
