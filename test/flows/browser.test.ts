import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import {
  type Body,
  CALLBACK,
  details,
  makeProofKey,
  phone,
  SERVICE,
  text,
  web,
} from '../support/apps.ts';
import {
  answer,
  answerHere,
  decide,
  makeFamily,
  signIn,
  startInBrowser,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);
const detailOf = (body: Body) => (body.authorization_details as Body[])[0] as Body;

describe('the browser flow (docs/protocol.md#browser-flow)', () => {
  test('R6 R7 R8 binds two accounts in one browser, as a certified OAuth client sees it', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const config = await oidc.discovery(
      new URL(issuer),
      app.id,
      undefined,
      oidc.ClientSecretBasic('demo-web-secret'),
      {
        execute: [oidc.allowInsecureRequests],
      },
    );
    const verifier = oidc.randomPKCECodeVerifier();
    const asked = details({
      actions: ['comment'],
      privileges: ['live_commerce'],
      datatypes: ['profile'],
      locations: [SERVICE],
    });
    const url = await oidc.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: CALLBACK,
      scope: 'openid',
      state: 'here',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      authorization_details: JSON.stringify([asked]),
    });
    const surfer = new Surfer(issuer);
    const waiting = await decide(surfer, await signIn(surfer, await surfer.open(url), primary));
    const shown = waiting.textOfId('user-code');
    assert.match(shown, /^\d{4} \d{4} \d{4} \d{4}$/);
    const { result } = await answerHere(surfer, waiting, sub);
    const callback = await surfer.leave(result.link('continue'));
    assert.equal(callback.origin + callback.pathname, CALLBACK);
    const tokens = await oidc.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: verifier,
      expectedState: 'here',
    });
    assert.ok(tokens.claims()?.sub);

    const detail = tokens.authorization_details?.[0] as Body;
    const { binding_request: handle, binding_request_expires_in: expiresIn, ...echoed } = detail;
    assert.deepEqual(echoed, { ...asked, pack: 'douyin', status: 'approved' });
    assert.ok(Number(expiresIn) > 0);
    const redeemed = await app.redeem(String(handle));
    assert.equal(redeemed.status, 200);
    assert.equal(decodeJwt(text(redeemed.body, 'binding_token')).aud, SERVICE);

    const digits = shown.replaceAll(' ', '');
    assert.deepEqual(
      surfer.visited.filter((address) => address.replace(/\D/g, '').includes(digits)),
      [],
      'no address has the code in it',
    );
  });

  test('R7 R8 binds with the code typed on another device, and the first browser is told by #continue', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    const early = await surfer.open(started.waiting.link('continue'));
    assert.equal(
      early.textOfId('user-code').replaceAll(' ', ''),
      started.code,
      'asked too early, the same page with the same code',
    );
    await answer({ app, code: started.code }, sub);
    const callback = await surfer.leave(started.waiting.link('continue'));
    assert.equal(callback.searchParams.get('iss'), issuer); // RFC 9207
    assert.equal(callback.searchParams.get('state'), started.state);
    const { body } = await app.exchange(callback, started);
    assert.equal(detailOf(body).status, 'approved');
    assert.equal((await app.redeem(String(detailOf(body).binding_request))).status, 200);
  });

  test('R6 a initiator of role sub becomes the sub of whoever answers', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, sub, details({ role: 'sub' }));
    const { result } = await answerHere(surfer, started.waiting, primary);
    const { body } = await app.exchange(await surfer.leave(result.link('continue')), started);
    const redeemed = await app.redeem(String(detailOf(body).binding_request));
    const claims = decodeJwt<{ may_act: { sub: string } }>(text(redeemed.body, 'binding_token'));
    // The ID token is the initiator's: here the sub's.
    assert.equal(claims.sub, decodeJwt(text(body, 'id_token')).sub);
    assert.notEqual(claims.may_act.sub, claims.sub);
  });

  test('an ordinary sign-in asks for an ordinary consent, once, and binds nothing', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const surfer = new Surfer(issuer);
    const first = await app.start(undefined, { scope: 'openid profile' });
    const consent = await signIn(surfer, await surfer.open(first.url), login);
    assert.ok(!consent.has('user-code'));
    const allowed = await surfer.go(consent.form('decision').action, {
      form: consent.form('decision').filled({ decision: 'approve' }),
    });
    const tokens = await app.exchange(allowed.location as URL, first);
    assert.equal(tokens.body.authorization_details, undefined);
    assert.equal(decodeJwt(text(tokens.body, 'id_token')).iss, issuer);
    const again = await surfer.leave((await app.start(undefined, { scope: 'openid profile' })).url);
    assert.ok(again.searchParams.get('code'), 'the second time nothing is asked');
  });

  test('one page serves both consents, the ordinary and the binding', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary, details(), {
      scope: 'openid profile offline_access',
      prompt: 'consent',
    });
    assert.match(started.consent.text, /profile/i);
    const { result } = await answerHere(surfer, started.waiting, sub);
    const { body } = await app.exchange(await surfer.leave(result.link('continue')), started);
    assert.equal(detailOf(body).status, 'approved');
    assert.equal(body.scope, 'openid profile offline_access');
    assert.ok(body.refresh_token);
    const next = await surfer.open((await app.start(details())).url);
    assert.ok(next.hasForm('decision', 'approve'), 'the next binding is consented to by itself');
  });

  test('a refresh keeps what the code gave, and hands out no second handle', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    const { result } = await answerHere(surfer, started.waiting, sub);
    const { body } = await app.exchange(await surfer.leave(result.link('continue')), started);
    const refreshed = await app.post('/token', {
      grant_type: 'refresh_token',
      refresh_token: text(body, 'refresh_token'),
    });
    assert.equal(refreshed.status, 200);
    assert.doesNotMatch(JSON.stringify(refreshed.body), /"binding_request"/);
  });

  test('the initiator refuses at the consent page: the app hears access_denied, and nothing was begun', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const surfer = new Surfer(issuer);
    const started = await app.start(details());
    const consent = await signIn(surfer, await surfer.open(started.url), primary);
    const form = consent.form('decision', 'refuse');
    const { location } = await surfer.go(form.action, {
      form: form.filled({ decision: 'refuse' }),
    });
    assert.equal(location?.searchParams.get('error'), 'access_denied');
    assert.equal(location?.searchParams.get('state'), started.state);
  });

  test('R1 the other side refuses: the interaction ends with a code, and the redemption says refused_by_owner', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    const { result } = await answerHere(surfer, started.waiting, sub, 'refuse');
    const { body } = await app.exchange(await surfer.leave(result.link('continue')), started);
    const { status, body: told } = await app.redeem(String(detailOf(body).binding_request));
    assert.deepEqual(
      [status, told.error, told.refusal],
      [400, 'access_denied', 'refused_by_owner'],
    );
  });

  test('the initiator who withdraws ends the interaction with access_denied', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    const withdrawn = await decide(surfer, started.waiting, 'refuse');
    const callback = await surfer.leave(withdrawn.link('continue'));
    assert.equal(callback.searchParams.get('error'), 'access_denied');
  });

  test('R6 the handle of a code that was exchanged with a DPoP key works for that key alone', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(app, surfer, primary);
    const { result } = await answerHere(surfer, started.waiting, sub);
    const key = await makeProofKey();
    const { body } = await app.exchange(await surfer.leave(result.link('continue')), started, key);
    const handle = String(detailOf(body).binding_request);
    for (const wrong of [undefined, await makeProofKey()])
      assert.equal((await app.redeem(handle, wrong)).body.error, 'invalid_grant');
    const { body: bound } = await app.redeem(handle, key);
    assert.deepEqual(decodeJwt(text(bound, 'binding_token')).cnf, { jkt: key.thumbprint });
  });

  test('a native app walks 1a as well, and must prove a key at the token endpoint', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const native = phone(issuer);
    const surfer = new Surfer(issuer);
    const started = await startInBrowser(native, surfer, primary);
    const { result } = await answerHere(surfer, started.waiting, sub);
    const callback = await surfer.leave(result.link('continue'));
    const key = await makeProofKey();
    assert.equal((await native.exchange(callback, started)).status, 400, 'without a proof');
    const { status, body } = await native.exchange(callback, started, key);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((await native.redeem(String(detailOf(body).binding_request), key)).status, 200);
  });
});
