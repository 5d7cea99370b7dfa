import { request } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { details, text, web } from '../support/apps.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { arrive, makeFamily, offer } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

describe('redirects stay at Bindery', () => {
  const AWAY = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/account//evil.example',
    '/account/../../evil',
    'javascript:alert(1)',
    '/account\n/x',
    '/account/bindings@evil.example',
    'account',
    '/account?x=//evil.example',
  ];

  test('a sign-in never redirects to another site', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    for (const to of AWAY) {
      const browser = new HttpBrowser(issuer);
      const form = (await browser.open(`/account/sign-in?to=${encodeURIComponent(to)}`)).form(
        'login',
      );
      expect(form.action.origin).toBe(issuer);
      const answer = await browser.send(form.action, {
        form: form.filled({ login, password: 'Bindery-demo-2026' }),
      });
      expect([to, [answer.status, answer.headers.get('location')]]).toStrictEqual([
        to,
        [303, '/account'],
      ]);
      const forced = new HttpBrowser(issuer);
      await forced.open('/account/sign-in');
      const csrf = (await forced.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
      const posted = await forced.send(`/account/sign-in?to=${encodeURIComponent(to)}`, {
        form: { csrf, login, password: 'Bindery-demo-2026' },
      });
      expect([to, posted.headers.get('location')]).toStrictEqual([to, '/account']);
    }
  });

  test('an unregistered redirect URI is refused, however similar it looks', async () => {
    for (const uri of [
      'https://evil.example/callback',
      'http://localhost:4000/callback/../evil',
      'http://localhost:4000.evil.example/callback',
      'http://localhost:4000/callback?x=1',
      'http://localhost:4000/callback#x',
      'http://user@localhost:4000/callback',
      'http://localhost:4001/callback',
      'http://LOCALHOST:4000/callback/',
      'javascript:alert(1)',
    ]) {
      const query = new URLSearchParams({
        client_id: 'demo-web',
        response_type: 'code',
        redirect_uri: uri,
        scope: 'openid',
      });
      const { status, location } = await new HttpBrowser(issuer).send(`/auth?${query}`);
      expect([uri, [status, location]]).toStrictEqual([uri, [400, undefined]]);
      const pushed = await app.push({ redirect_uri: uri });
      expect([uri, pushed.status]).toStrictEqual([uri, 400]);
    }
  });

  test('no path and no language parameter redirects to another site', async () => {
    for (const path of [
      '//evil.example/%2e%2e',
      '/%2f%2fevil.example',
      '/bind/s//evil.example/login',
      '/interaction//evil.example/login',
      '/interaction/..%2f..%2fevil.example/login',
      '/?lang=https://evil.example',
    ]) {
      const answer = await raw('GET', path);
      const to = answer.location;
      if (to !== undefined)
        expect([`${path} → ${to}`, new URL(to, issuer).origin]).toStrictEqual([
          `${path} → ${to}`,
          issuer,
        ]);
    }
  });
});

/** Sends a request with any Host and any target, which no browser would send. */
async function raw(
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; location: string | undefined; headers: string; body: string }> {
  const { hostname, port } = new URL(issuer);
  return await new Promise((resolve, reject) => {
    const sending = request(
      { hostname, port, method, path, headers, setHost: !('host' in headers) },
      (answer) => {
        let body = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          body += part;
        });
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            location: answer.headers.location,
            headers: JSON.stringify(answer.headers),
            body,
          }),
        );
      },
    );
    sending.on('error', reject);
    sending.end();
  });
}

describe('the Host header does not change the issuer', () => {
  const LIES: Record<string, string>[] = [
    { host: 'evil.example' },
    { host: 'evil.example:443', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    {
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example;proto=https',
      'x-original-host': 'evil.example',
    },
    {
      'x-forwarded-prefix': '/evil.example',
      'x-original-url': '/evil.example',
      'x-rewrite-url': '/evil.example',
    },
  ];

  test('forged host headers change no discovery document, key, page or status list', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const offered = await offer(app, primary);
    const cookie = await offered.browser.jar.getCookieString(offered.waiting.url.href);
    const honest = await raw('GET', '/.well-known/openid-configuration');
    const started = await app.start(details());
    for (const lie of LIES) {
      const discovery = await raw('GET', '/.well-known/openid-configuration', lie);
      expect(discovery.body).toBe(honest.body);
      for (const path of [
        '/',
        '/bind',
        '/account',
        '/account/sign-in',
        '/openapi.json',
        '/status',
        '/nowhere',
        '/session/end',
        '/auth?client_id=nobody',
        started.url.slice(issuer.length),
      ]) {
        const answer = await raw('GET', path, { accept: 'text/html', ...lie });
        expect([`${path} ${JSON.stringify(lie)}`, answer.body + answer.headers]).toStrictEqual([
          `${path} ${JSON.stringify(lie)}`,
          expect.not.stringMatching(/evil\.example/),
        ]);
      }
      const waiting = await raw('GET', offered.waiting.url.pathname, {
        accept: 'text/html',
        cookie,
        ...lie,
      });
      expect(waiting.status).toBe(200);
      // The page with the QR code does not show the forged host either.
      expect(waiting.body).not.toMatch(/evil\.example/);
    }
  });

  test('an absolute request target does not change the issuer', async () => {
    const answer = await raw('GET', 'http://evil.example/.well-known/openid-configuration');
    expect(answer.status === 200 || answer.status >= 400).toBe(true);
    expect(answer.body).not.toMatch(/evil\.example/);
  });

  test('forged host headers do not change the URLs of the back channel', async () => {
    const answer = await app.post(
      '/binding-requests',
      { authorization_details: JSON.stringify([details()]) },
      undefined,
      {
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
      },
    );
    expect(text(answer.body, 'start_uri').startsWith(`${issuer}/`)).toBe(true);
    expect(answer.body.verification_uri).toBe(`${issuer}/bind`);
  });

  test('X-Forwarded-For is ignored without a trusted proxy', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary, {
      browser: new HttpBrowser(issuer, { 'x-forwarded-for': '203.0.113.99' }),
    });
    const approval = await arrive(new HttpBrowser(issuer), offered.code, sub);
    expect(approval.text).not.toMatch(/203\.0\.113/);
  });
});
