import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { hashClientSecret } from '../../src/oidc/client-registry.ts';
import { findClient, saveClient } from '../../src/oidc/clients.store.ts';
import { App, details, makeProofKey, phone, service, text, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { answer, arrive, bind, decide, makeFamily, offer, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();

describe('the back channel (docs/protocol.md#back-channel)', () => {
  test('the back channel answers in the form of RFC 8628 §3.2, with two secrets', async () => {
    const { status, headers, body } = await web(issuer).ask();
    expect(status).toBe(200);
    expect(headers.get('cache-control') ?? '').toMatch(/no-store/);
    const { binding_request: handle, start_uri: startUri, ...rest } = body;
    expect(rest).toStrictEqual({
      verification_uri: `${issuer}/bind`,
      expires_in: 3600,
      interval: 5,
    });
    expect(String(startUri).startsWith(`${issuer}/bind/start/`)).toBe(true);
    expect(String(startUri)).not.toContain(String(handle));
  });

  test('a web app binds two accounts on two devices, and never sees the code [R6, R7]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const { offer: offered, token } = await bind(web(issuer), primary, sub);
    expect(offered.code).toMatch(/^\d{16}$/);
    const claims = decodeJwt(token);
    expect([claims.iss, claims.aud, claims.cnf]).toStrictEqual([issuer, 'demo-web', undefined]);
  });

  test('the handle and token of a phone app are bound to its DPoP key [R6]', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const app = phone(issuer);
    const key = await makeProofKey();
    const offered = await offer(app, primary, { key });
    await answer(offered, sub);
    for (const wrong of [await makeProofKey(), undefined]) {
      const { status, body } = await app.redeem(offered.handle, wrong);
      expect([status, body.error]).toStrictEqual([400, 'invalid_grant']);
    }
    const { status, body } = await app.redeem(offered.handle, key);
    expect(status).toBe(200);
    expect(decodeJwt(text(body, 'binding_token')).cnf).toStrictEqual({ jkt: key.thumbprint });
  });

  test('a public client that proves no key is refused at the start', async () => {
    const { status, body } = await phone(issuer).ask();
    expect([status, body.error]).toStrictEqual([400, 'invalid_dpop_proof']);
  });

  test('a DPoP proof that was used or made for another URL is refused', async () => {
    const key = await makeProofKey();
    const once = await key.prove(`${issuer}/binding-requests`);
    const replaying = { ...key, prove: async () => once };
    const app = phone(issuer);
    expect((await app.ask(details(), replaying)).status).toBe(200);
    expect((await app.ask(details(), replaying)).body.error).toBe('invalid_dpop_proof');
    const elsewhere = { ...key, prove: async () => await key.prove(`${issuer}/token`) };
    expect((await app.ask(details(), elsewhere)).body.error).toBe('invalid_dpop_proof');
  });

  test('only a registered client with its own secret may use the back channel', async () => {
    await saveClient(bindery.db, {
      metadata: {
        ...(await findClient(bindery.db, 'demo-web'))?.metadata,
        client_id: 'web-only',
        account_binding_back_channel: false,
      },
      secretHash: hashClientSecret('web-only-secret'),
    });
    expect((await new App(issuer, 'web-only', 'web-only-secret').ask()).body.error).toBe(
      'unauthorized_client',
    );
    // This client is not registered for the type of the details.
    expect((await service(issuer).ask()).body.error).toBe('invalid_authorization_details');
    const wrong = await new App(issuer, 'demo-web', 'a-wrong-secret').ask();
    expect([wrong.status, wrong.body.error]).toStrictEqual([401, 'invalid_client']);
    expect((await new App(issuer, 'nobody', 'x').ask()).body.error).toBe('invalid_client');
  });

  test('the initiator sees the app’s login hint, in the language the app asked for', async () => {
    const { body } = await web(issuer).ask(details(), undefined, {
      login_hint: 'linxiao',
      ui_locales: 'zh-CN',
    });
    const page = await new HttpBrowser(issuer).open(text(body, 'start_uri'));
    expect(page.form('login').filled({}).get('login')).toBe('linxiao');
  });

  test('an app learns refused_by_owner when the initiator refuses before the code', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const app = web(issuer);
    const { body } = await app.ask();
    const browser = new HttpBrowser(issuer);
    await decide(
      browser,
      await signIn(browser, await browser.open(text(body, 'start_uri')), primary),
      'refuse',
    );
    const told = await app.redeem(text(body, 'binding_request'));
    expect([told.body.error, told.body.refusal]).toStrictEqual([
      'access_denied',
      'refused_by_owner',
    ]);
  });

  test('after an approval the start address works in its own browser only', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const offered = await offer(web(issuer), primary);
    expect((await new HttpBrowser(issuer).go(offered.startUri)).status).toBe(410);
    const again = await offered.browser.open(offered.startUri);
    expect(again.textOfId('user-code').replaceAll(' ', '')).toBe(offered.code);
  });

  test('the link of the QR code leads to the same approval as the code', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(web(issuer), primary);
    const browser = new HttpBrowser(issuer);
    const approval = await signIn(
      browser,
      await browser.open(offered.waiting.link('other-account-here')),
      sub,
    );
    await decide(browser, approval);
    expect((await offered.app.redeem(offered.handle)).status).toBe(200);
  });

  test('the approval page names the accounts, app, device, place and data asked for', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const windows = {
      'user-agent':
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    };
    const asked = details({
      actions: ['repost'],
      privileges: ['ad_placement'],
      datatypes: ['violation'],
    });
    const offered = await offer(web(issuer), primary, {
      asked,
      browser: new HttpBrowser(issuer, windows),
    });
    const approval = await arrive(new HttpBrowser(issuer), offered.code, sub);
    for (const shown of [`@${primary}`, `@${sub}`, 'Demo Web', 'Chrome', 'Windows'])
      expect(approval.text).toContain(shown);
    expect(approval.text).toMatch(/127\.0\.0\.0\/24|::\/48/);
    expect(approval.text).toMatch(/repost/i);
    expect(approval.text).toMatch(/violation/i);
    // a binding brings every basic permission, asked for or not (R16)
    expect(approval.text).toMatch(/\bcomment\b/i);
    // Data that was not asked for is not named.
    expect(approval.text).not.toMatch(/commercial/i);
  });
});
