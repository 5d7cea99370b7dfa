import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  assert.ok(!consent.hasForm('login'), 'a sign-in of just now is fresh enough');
  const waiting = await decide(surfer, consent);
  const { result } = await answerHere(surfer, waiting, sub);
  assert.equal(await whoIsHere(surfer), before, 'after the second sign-in');
  await surfer.leave(result.link('continue'));
  assert.equal(await whoIsHere(surfer), before, 'after the binding');
});

test('somebody who answers with a code in a browser of another account stays that account there', async () => {
  const [primary, sub, bystander] = (await makeFamily(bindery.db, 3)) as [string, string, string];
  const surfer = new Surfer(issuer);
  const before = decodeJwt(text(await signInOrdinarily(surfer, bystander), 'id_token')).sub;
  await openBindings(surfer, bystander);
  const offered = await offer(app, primary);
  await decide(surfer, await arrive(surfer, offered.code, sub));
  assert.equal(await whoIsHere(surfer), before);
  assert.match(
    (await surfer.open('/account')).text,
    new RegExp(`@${bystander}\\b`),
    'the account pages too',
  );
});

test('signing in for an approval session opens no session at all', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const offered = await offer(app, primary);
  const surfer = new Surfer(issuer);
  await decide(surfer, await arrive(surfer, offered.code, sub));
  assert.equal(await whoIsHere(surfer), 'login_required');
  assert.ok((await surfer.open('/account')).hasForm('login'));
  assert.equal(await whoIsHere(offered.surfer), 'login_required', "nor for the initiator's");
});

test('a binding leaves the consent of before: the next ordinary sign-in asks nothing anew', async () => {
  const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
  const surfer = new Surfer(issuer);
  await signInOrdinarily(surfer, primary);
  const waiting = await decide(surfer, await surfer.open((await app.start(details())).url));
  const { result } = await answerHere(surfer, waiting, sub);
  await surfer.leave(result.link('continue'));
  assert.doesNotMatch(await whoIsHere(surfer), /_required$/);
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
  assert.ok(page.hasForm('login'), page.title);
  assert.ok((await signIn(surfer, page, primary)).hasForm('decision', 'approve'));
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
  assert.notEqual(await whoIsHere(surfer), 'login_required', 'opening the page ends nothing');
  const [confirm] = page.formsEnding('/session/end/confirm');
  assert.ok(confirm);
  const fields = confirm.form.filled({});
  fields.set('logout', 'yes');
  const left = await surfer.go(confirm.form.action, { form: fields });
  assert.equal(left.location?.href, 'http://localhost:4000/?state=bye');
  assert.equal(await whoIsHere(surfer), 'login_required');
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
  assert.equal(answer.status, 400);
  assert.doesNotMatch(answer.html, /evil\.example/);
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
  assert.equal(answer.status, 200);
  assert.match(answer.page.text, /Switch accounts.*signed out here/);
  assert.doesNotMatch(answer.html, /Submitting Callback|<script>/);
  const policy = answer.headers.get('content-security-policy') ?? '';
  assert.match(policy, /script-src 'self'/);
  assert.match(
    policy,
    /form-action 'self' http:\/\/localhost:4000/,
    'the form may lead back to the app in the end',
  );
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const chinese = await surfer.send(`${answer.url.pathname}?lang=zh-CN`);
  assert.match(chinese.page.text, /切换账号.*在这里退出/, 'reloaded, in the other language');

  const [goOn] = chinese.page.formsEnding('/session/end/confirm');
  assert.ok(goOn);
  const consent = await surfer.press(goOn.form);
  const decision = consent.form('decision', 'approve');
  const { location } = await surfer.go(decision.action, {
    form: decision.filled({ decision: 'approve' }),
  });
  const { body } = await app.exchange(location as URL, started);
  assert.notEqual(decodeJwt(text(body, 'id_token')).sub, first);
  assert.equal(await whoIsHere(surfer), decodeJwt(text(body, 'id_token')).sub);
});

test('a sign-out where nobody is signed in is a page of ours, too', async () => {
  const page = await new Surfer(issuer).open('/session/end');
  assert.match(page.text, /No account is signed in/);
  const [goOn] = page.formsEnding('/session/end/confirm');
  assert.ok(goOn);
});
