import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { arrive, makeFamily, offer, openBindings } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

/** Each would run, break out of an attribute, or be read as a template, if it were not escaped. */
const PAYLOADS = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `<%= process.env.SECRETS %>{{12345*7}}\${12345*7}`,
  `</title><svg onload=alert(1)>`,
] as const;

/** Markup that can only have come from a payload. */
const RAN =
  /<script>alert|<img src=x|<svg onload|onmouseover='alert|="[^"]*" onmouseover|\b86415\b/i;

describe('what somebody else has written is text', () => {
  test('an app that registers itself with markup for a name, an address and a hint', async () => {
    for (const payload of PAYLOADS) {
      const registration = await fetch(`${issuer}/reg`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          client_name: payload,
          client_uri: `https://app.example/${encodeURIComponent(payload)}`,
          logo_uri: 'https://app.example/logo.svg',
          redirect_uris: ['https://app.example/cb'],
          response_types: ['code'],
          grant_types: ['authorization_code', 'urn:bindery:grant-type:account-binding'],
          token_endpoint_auth_method: 'none',
        }),
      });
      const { client_id: id } = (await registration.json()) as { client_id: string };
      assert.equal(registration.status, 201);
      const query = new URLSearchParams({
        client_id: id,
        response_type: 'code',
        redirect_uri: 'https://app.example/cb',
        scope: 'openid',
        state: payload,
        login_hint: payload,
        ui_locales: payload,
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      });
      const surfer = new Surfer(issuer);
      const page = await surfer.go(`/auth?${query}`);
      assert.doesNotMatch(page.html, RAN);
      const [login] = (await makeFamily(bindery.db, 1)) as [string];
      const form = page.page.form('login');
      assert.equal(form.filled({}).get('login'), payload, 'the hint is shown, as text');
      const consent = await surfer.go(form.action, {
        form: form.filled({ login, password: 'Bindery-demo-2026' }),
      });
      assert.doesNotMatch(consent.html, RAN);
      assert.ok(
        consent.page.text.includes(payload.replace(/\s+/g, ' ').trim()),
        'the name is shown, as text',
      );
    }
  });

  test('an app cannot register an address that is a script', async () => {
    for (const uri of ['javascript:alert(1)', 'data:text/html,<script>alert(1)</script>']) {
      for (const member of ['client_uri', 'logo_uri', 'redirect_uris']) {
        const answer = await fetch(`${issuer}/reg`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            redirect_uris: ['https://app.example/cb'],
            response_types: ['code'],
            grant_types: ['authorization_code'],
            token_endpoint_auth_method: 'none',
            [member]: member === 'redirect_uris' ? [uri] : uri,
          }),
        });
        assert.equal(answer.status, 400, `${member} ${uri}`);
      }
    }
  });

  test('a login, a code, a reason and a display name', async () => {
    const surfer = new Surfer(issuer);
    for (const payload of PAYLOADS) {
      const login = (await surfer.open('/account/sign-in')).form('login');
      const signedIn = await surfer.send(login.action, {
        form: login.filled({ login: payload, password: payload }),
      });
      assert.doesNotMatch(signedIn.html, RAN);
      assert.equal(signedIn.page.form('login').filled({}).get('login'), payload);
      assert.equal(
        signedIn.page.form('login').filled({}).get('password'),
        '',
        'a password is never said back',
      );
      const code = (await surfer.open('/bind')).form('user_code');
      assert.doesNotMatch(
        (await surfer.send(code.action, { form: code.filled({ user_code: payload }) })).html,
        RAN,
      );

      const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
      await bindery.db.query(
        sql`update accounts set display_name = ${payload} where login in (${primary}, ${sub})`,
      );
      const agent = new Surfer(issuer, { 'user-agent': `Mozilla/5.0 ${payload}` });
      const offered = await offer(app, primary, { surfer: agent });
      const other = new Surfer(issuer, { 'accept-language': payload.replace(/[^\x20-\x7e]/g, '') });
      const approval = await arrive(other, offered.code, sub);
      assert.doesNotMatch(
        (await other.go(approval.form('decision').action.pathname.replace('/decision', ''))).html,
        RAN,
      );
      assert.doesNotMatch((await agent.go(offered.waiting.url)).html, RAN);
      await openBindings(other, sub);
      assert.doesNotMatch((await other.go('/account/bindings')).html, RAN);
      assert.doesNotMatch((await other.go('/account')).html, RAN);
    }
  });

  test('whatever is in an address, and the error that an app’s request ends in', async () => {
    const surfer = new Surfer(issuer);
    for (const payload of PAYLOADS) {
      const encoded = encodeURIComponent(payload);
      for (const path of [
        `/${encoded}`,
        `/bind/q/${encoded}`,
        `/bind/s/${encoded}`,
        `/interaction/${encoded}`,
        `/docs?lang=${encoded}`,
        `/?lang=${encoded}`,
        `/account/sign-in?to=${encoded}`,
        `/auth?client_id=${encoded}`,
        `/auth/${encoded}`,
        `/review/${encoded}`,
        `/session/end?id_token_hint=${encoded}`,
      ]) {
        const answer = await surfer.go(path);
        assert.doesNotMatch(answer.html, RAN, path);
        assert.ok(answer.status < 500, `${path}: ${answer.status}`);
      }
    }
  });

  test('every page is framed by nobody, runs nothing inline and is kept by no cache', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const offered = await offer(app, primary);
    for (const at of ['/', '/bind', '/account/sign-in', '/nowhere', offered.waiting.url.href]) {
      const { headers, html } = await offered.surfer.go(at);
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe|\*/);
      assert.match(headers.get('cache-control') ?? '', /no-store/);
      assert.equal(headers.get('x-powered-by'), null);
      assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/i);
    }
  });
});
