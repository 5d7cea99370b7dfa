import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { arrive, makeFamily, offer, openBindings } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

/** Unescaped, each one runs, leaves an attribute or is read as a template. */
const PAYLOADS = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `<%= process.env.SECRETS %>{{12345*7}}\${12345*7}`,
  `</title><svg onload=alert(1)>`,
] as const;

/** Markup that only a payload can bring. */
const RAN =
  /<script>alert|<img src=x|<svg onload|onmouseover='alert|="[^"]*" onmouseover|\b86415\b/i;

describe('text from outside is escaped on pages', () => {
  test('the name, address and hint of a registered app are escaped', async () => {
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
      expect(registration.status).toBe(201);
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
      const browser = new HttpBrowser(issuer);
      const page = await browser.go(`/auth?${query}`);
      expect(page.html).not.toMatch(RAN);
      const [login] = (await makeFamily(bindery.db, 1)) as [string];
      const form = page.page.form('login');
      // The hint is shown, as text.
      expect(form.filled({}).get('login')).toBe(payload);
      const consent = await browser.go(form.action, {
        form: form.filled({ login, password: 'Bindery-demo-2026' }),
      });
      expect(consent.html).not.toMatch(RAN);
      // The name is shown, as text.
      expect(consent.page.text).toContain(payload.replace(/\s+/g, ' ').trim());
    }
  });

  test('an app cannot register a URL that is a script', async () => {
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
        expect([`${member} ${uri}`, answer.status]).toStrictEqual([`${member} ${uri}`, 400]);
      }
    }
  });

  test('a login, a code, a reason and a display name are escaped', async () => {
    const browser = new HttpBrowser(issuer);
    for (const payload of PAYLOADS) {
      const login = (await browser.open('/account/sign-in')).form('login');
      const signedIn = await browser.send(login.action, {
        form: login.filled({ login: payload, password: payload }),
      });
      expect(signedIn.html).not.toMatch(RAN);
      expect(signedIn.page.form('login').filled({}).get('login')).toBe(payload);
      // A password is never shown again.
      expect(signedIn.page.form('login').filled({}).get('password')).toBe('');
      const code = (await browser.open('/bind')).form('user_code');
      expect(
        (await browser.send(code.action, { form: code.filled({ user_code: payload }) })).html,
      ).not.toMatch(RAN);

      const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
      await bindery.db.query(
        sql`update accounts set display_name = ${payload} where login in (${primary}, ${sub})`,
      );
      const agent = new HttpBrowser(issuer, { 'user-agent': `Mozilla/5.0 ${payload}` });
      const offered = await offer(app, primary, { browser: agent });
      const other = new HttpBrowser(issuer, {
        'accept-language': payload.replace(/[^\x20-\x7e]/g, ''),
      });
      const approval = await arrive(other, offered.code, sub);
      expect(
        (await other.go(approval.form('decision').action.pathname.replace('/decision', ''))).html,
      ).not.toMatch(RAN);
      expect((await agent.go(offered.waiting.url)).html).not.toMatch(RAN);
      await openBindings(other, sub);
      expect((await other.go('/account/bindings')).html).not.toMatch(RAN);
      expect((await other.go('/account')).html).not.toMatch(RAN);
    }
  });

  test('the URL and the error of an app’s request are escaped', async () => {
    const browser = new HttpBrowser(issuer);
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
        const answer = await browser.go(path);
        expect([path, answer.html]).toStrictEqual([path, expect.not.stringMatching(RAN)]);
        expect([`${path}: ${answer.status}`, answer.status < 500]).toStrictEqual([
          `${path}: ${answer.status}`,
          true,
        ]);
      }
    }
  });

  test('every page forbids frames, inline scripts and caching', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const offered = await offer(app, primary);
    for (const at of ['/', '/bind', '/account/sign-in', '/nowhere', offered.waiting.url.href]) {
      const { headers, html } = await offered.browser.go(at);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/default-src 'none'/);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).not.toMatch(/unsafe|\*/);
      expect(headers.get('cache-control') ?? '').toMatch(/no-store/);
      expect(headers.get('x-powered-by')).toBe(null);
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=/i);
    }
  });
});
