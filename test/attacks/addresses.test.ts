import { request } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { details, text, web } from '../support/apps.ts';
import { arrive, makeFamily, offer } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';
import { Surfer } from '../support/surfer.ts';

const { issuer, bindery } = await startServer();
const app = web(issuer);

describe('nobody is led away', () => {
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

  test('by the way back of a sign-in', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    for (const to of AWAY) {
      const surfer = new Surfer(issuer);
      const form = (await surfer.open(`/account/sign-in?to=${encodeURIComponent(to)}`)).form(
        'login',
      );
      expect(form.action.origin).toBe(issuer);
      const answer = await surfer.send(form.action, {
        form: form.filled({ login, password: 'Bindery-demo-2026' }),
      });
      expect([to, [answer.status, answer.headers.get('location')]]).toStrictEqual([
        to,
        [303, '/account'],
      ]);
      const forced = new Surfer(issuer);
      await forced.open('/account/sign-in');
      const csrf = (await forced.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
      const posted = await forced.send(`/account/sign-in?to=${encodeURIComponent(to)}`, {
        form: { csrf, login, password: 'Bindery-demo-2026' },
      });
      expect([to, posted.headers.get('location')]).toStrictEqual([to, '/account']);
    }
  });

  test('by a redirect address that is not registered, or only looks so', async () => {
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
      const { status, location } = await new Surfer(issuer).send(`/auth?${query}`);
      expect([uri, [status, location]]).toStrictEqual([uri, [400, undefined]]);
      const pushed = await app.push({ redirect_uri: uri });
      expect([uri, pushed.status]).toStrictEqual([uri, 400]);
    }
  });

  test('by paths that begin with two slashes, or a language that is an address', async () => {
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

/** A request as no browser would send it: any Host, any target. */
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

describe('the issuer is ours to say, not the Host header’s', () => {
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

  test('in discovery, keys, pages, redirects and status lists', async () => {
    const [primary] = (await makeFamily(bindery.db, 1)) as [string];
    const offered = await offer(app, primary);
    const cookie = await offered.surfer.jar.getCookieString(offered.waiting.url.href);
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
      // nor does the QR code’s page
      expect(waiting.body).not.toMatch(/evil\.example/);
    }
  });

  test('in an absolute request target', async () => {
    const answer = await raw('GET', 'http://evil.example/.well-known/openid-configuration');
    expect(answer.status === 200 || answer.status >= 400).toBe(true);
    expect(answer.body).not.toMatch(/evil\.example/);
  });

  test('in what the back channel hands out', async () => {
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

  test('in who somebody is: a forwarded address counts for nothing without a proxy that is trusted', async () => {
    const [primary, sub] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, primary, {
      surfer: new Surfer(issuer, { 'x-forwarded-for': '203.0.113.99' }),
    });
    const approval = await arrive(new Surfer(issuer), offered.code, sub);
    expect(approval.text).not.toMatch(/203\.0\.113/);
  });
});
