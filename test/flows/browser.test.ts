import { describe, expect, test } from '@jest/globals';
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
import { HttpBrowser } from '../support/http-browser.ts';
import {
  answer,
  answerHere,
  decide,
  makeFamily,
  signIn,
  startInBrowser,
} from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);
const detailOf = (body: Body) => (body.authorization_details as Body[])[0] as Body;

describe('the browser flow (docs/protocol.md#browser-flow)', () => {
  test('a certified OAuth client binds two accounts in one browser [R6, R7]', async () => {
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
    const browser = new HttpBrowser(issuer);
    const waiting = await decide(browser, await signIn(browser, await browser.open(url), primary));
    const shown = waiting.textOfId('user-code');
    expect(shown).toMatch(/^\d{4} \d{4} \d{4} \d{4}$/);
    const { result } = await answerHere(browser, waiting, sub);
    const callback = await browser.leave(result.link('continue'));
    expect(callback.origin + callback.pathname).toBe(CALLBACK);
    const tokens = await oidc.authorizationCodeGrant(config, callback, {
      pkceCodeVerifier: verifier,
      expectedState: 'here',
    });
    expect(tokens.claims()?.sub).toBeTruthy();

    const detail = tokens.authorization_details?.[0] as Body;
    const { binding_request: handle, binding_request_expires_in: expiresIn, ...echoed } = detail;
    expect(echoed).toStrictEqual({ ...asked, pack: 'douyin', status: 'approved' });
    expect(Number(expiresIn)).toBeGreaterThan(0);
    const redeemed = await app.redeem(String(handle));
    expect(redeemed.status).toBe(200);
    expect(decodeJwt(text(redeemed.body, 'binding_token')).aud).toBe(SERVICE);

    const digits = shown.replaceAll(' ', '');
    // No URL has the code in it.
    expect(
      browser.visited.filter((address) => address.replace(/\D/g, '').includes(digits)),
    ).toStrictEqual([]);
  });

  test('a code typed on another device binds, and the first browser goes on [R7]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    const early = await browser.open(started.waiting.link('continue'));
    // Before the answer, the page shows the same code.
    expect(early.textOfId('user-code').replaceAll(' ', '')).toBe(started.code);
    await answer({ app, code: started.code }, sub);
    const callback = await browser.leave(started.waiting.link('continue'));
    expect(callback.searchParams.get('iss')).toBe(issuer); // RFC 9207
    expect(callback.searchParams.get('state')).toBe(started.state);
    const { body } = await app.exchange(callback, started);
    expect(detailOf(body).status).toBe('approved');
    expect((await app.redeem(String(detailOf(body).binding_request))).status).toBe(200);
  });

  test('an initiator with the role sub becomes the sub of the counterparty [R6]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, sub, details({ role: 'sub' }));
    const { result } = await answerHere(browser, started.waiting, primary);
    const { body } = await app.exchange(await browser.leave(result.link('continue')), started);
    const redeemed = await app.redeem(String(detailOf(body).binding_request));
    const claims = decodeJwt<{ may_act: { sub: string } }>(text(redeemed.body, 'binding_token'));
    // The ID token is that of the initiator, here the sub.
    expect(claims.sub).toBe(decodeJwt(text(body, 'id_token')).sub);
    expect(claims.may_act.sub).not.toBe(claims.sub);
  });

  test('an ordinary sign-in asks for an ordinary consent once, and binds nothing', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const browser = new HttpBrowser(issuer);
    const first = await app.start(undefined, { scope: 'openid profile' });
    const consent = await signIn(browser, await browser.open(first.url), login);
    expect(consent.has('user-code')).toBe(false);
    const allowed = await browser.go(consent.form('decision').action, {
      form: consent.form('decision').filled({ decision: 'approve' }),
    });
    const tokens = await app.exchange(allowed.location as URL, first);
    expect(tokens.body.authorization_details).toBe(undefined);
    expect(decodeJwt(text(tokens.body, 'id_token')).iss).toBe(issuer);
    const again = await browser.leave(
      (await app.start(undefined, { scope: 'openid profile' })).url,
    );
    // The second time no consent is asked for.
    expect(again.searchParams.get('code')).toBeTruthy();
  });

  test('one page shows both consents, the ordinary one and that of a binding', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary, details(), {
      scope: 'openid profile offline_access',
      prompt: 'consent',
    });
    expect(started.consent.text).toMatch(/profile/i);
    const { result } = await answerHere(browser, started.waiting, sub);
    const { body } = await app.exchange(await browser.leave(result.link('continue')), started);
    expect(detailOf(body).status).toBe('approved');
    expect(body.scope).toBe('openid profile offline_access');
    expect(body.refresh_token).toBeTruthy();
    const next = await browser.open((await app.start(details())).url);
    // The next binding needs its own consent.
    expect(next.hasForm('decision', 'approve')).toBe(true);
  });

  test('a refresh gives no second handle', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    const { result } = await answerHere(browser, started.waiting, sub);
    const { body } = await app.exchange(await browser.leave(result.link('continue')), started);
    const refreshed = await app.post('/token', {
      grant_type: 'refresh_token',
      refresh_token: text(body, 'refresh_token'),
    });
    expect(refreshed.status).toBe(200);
    expect(JSON.stringify(refreshed.body)).not.toMatch(/"binding_request"/);
  });

  test('the app learns access_denied when the initiator refuses at the consent page', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const browser = new HttpBrowser(issuer);
    const started = await app.start(details());
    const consent = await signIn(browser, await browser.open(started.url), primary);
    const form = consent.form('decision', 'refuse');
    const { location } = await browser.go(form.action, {
      form: form.filled({ decision: 'refuse' }),
    });
    expect(location?.searchParams.get('error')).toBe('access_denied');
    expect(location?.searchParams.get('state')).toBe(started.state);
  });

  test('the app learns refused_by_owner when the counterparty refuses', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    const { result } = await answerHere(browser, started.waiting, sub, 'refuse');
    const { body } = await app.exchange(await browser.leave(result.link('continue')), started);
    const { status, body: told } = await app.redeem(String(detailOf(body).binding_request));
    expect([status, told.error, told.refusal]).toStrictEqual([
      400,
      'access_denied',
      'refused_by_owner',
    ]);
  });

  test('the app learns access_denied when the initiator withdraws', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    const withdrawn = await decide(browser, started.waiting, 'refuse');
    const callback = await browser.leave(withdrawn.link('continue'));
    expect(callback.searchParams.get('error')).toBe('access_denied');
  });

  test('a handle from a code exchanged with a DPoP key needs that key [R6]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(app, browser, primary);
    const { result } = await answerHere(browser, started.waiting, sub);
    const key = await makeProofKey();
    const { body } = await app.exchange(await browser.leave(result.link('continue')), started, key);
    const handle = String(detailOf(body).binding_request);
    for (const wrong of [undefined, await makeProofKey()])
      expect((await app.redeem(handle, wrong)).body.error).toBe('invalid_grant');
    const { body: bound } = await app.redeem(handle, key);
    expect(decodeJwt(text(bound, 'binding_token')).cnf).toStrictEqual({ jkt: key.thumbprint });
  });

  test('a native app binds in the browser, and must prove a key at /token', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const native = phone(issuer);
    const browser = new HttpBrowser(issuer);
    const started = await startInBrowser(native, browser, primary);
    const { result } = await answerHere(browser, started.waiting, sub);
    const callback = await browser.leave(result.link('continue'));
    const key = await makeProofKey();
    // The exchange has no DPoP proof.
    expect((await native.exchange(callback, started)).status).toBe(400);
    const { status, body } = await native.exchange(callback, started, key);
    expect([body, status]).toStrictEqual([body, 200]);
    expect((await native.redeem(String(detailOf(body).binding_request), key)).status).toBe(200);
  });
});
