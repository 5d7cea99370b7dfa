import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { startApprovalServer, submit } from '../fixtures/approval.ts';
import { PASSWORD } from '../support/journeys.ts';

/** The demo's own platform, where the configuration names no other port. */
const PLATFORM = 'http://localhost:3002';
const { app, db, somebody, offer, primary } = await startApprovalServer();

describe('what pages disclose', () => {
  test('the code and the password are in no URL, header or cookie in clear [R7]', async () => {
    const browser = somebody();
    const { at, code } = await offer(browser);
    const { headers, html } = await browser.send(at);
    const grouped = code.replace(/(?<=^(?:\d{4})+)(?=\d)/g, ' ');
    for (const text of [
      ...browser.visited,
      ...headers.values(),
      await browser.jar.getCookieString(`${app.issuer}${at}`),
    ]) {
      for (const secret of [code, grouped, PASSWORD]) expect(text).not.toContain(secret);
    }
    expect(html).not.toContain(PASSWORD);
  });

  test('the sealed code opens for its own approval session only [R7]', async () => {
    const browser = somebody();
    const [first, second] = [await offer(browser), await offer(browser)];
    const sealed = await browser.cookie('bindery_code', first.at);
    expect(await browser.cookie('bindery_code', '/bind')).toBe(undefined);
    expect(sealed).toBeTruthy();
    await browser.jar.setCookie(
      `bindery_code=${sealed}; Path=${second.at}`,
      app.issuer + second.at,
    );
    // The code does not open when it is copied to another session.
    expect((await browser.open(second.at)).has('user-code')).toBe(false);
    expect((await browser.open(first.at)).textOfId('user-code').replaceAll(' ', '')).toBe(
      first.code,
    );
  });

  test('unknown logins and wrong passwords get the same page', async () => {
    const ask = async (login: string): Promise<string> => {
      const browser = somebody();
      const answer = await submit(browser, await browser.open('/account/sign-in'), {
        login,
        password: 'wrong',
      });
      expect(answer.status).toBe(422);
      return answer.html
        .replaceAll(login, 'LOGIN')
        .replace(/name="(csrf|device_nonce)" value="[^"]+"/g, '');
    };
    expect(await ask(primary)).toBe(await ask('nobody-at-all'));
  });

  for (const path of ['/', '/bind', '/account/sign-in', '/nowhere', '/bind/s/x', 'waiting']) {
    test(`the page ${path} is not cached, not framed and has no inline script`, async () => {
      const browser = somebody();
      const { headers, html } = await browser.send(
        path === 'waiting' ? (await offer(browser)).at : path,
      );
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/default-src 'none'.*frame-ancestors 'none'.*form-action 'self'/);
      // The sign-in page leads to the demo's platform too.
      expect(/form-action (.*)$/.exec(policy)?.[1]).toBe(
        path === '/account/sign-in' ? `'self' ${PLATFORM}` : "'self'",
      );
      expect(policy).not.toMatch(/unsafe/);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|javascript:/i);
      // The page loads nothing from other sites.
      expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    });
  }

  test('a page that leads back to an app may post to its origin and the platform’s', async () => {
    const { headers } = await somebody().go((await app.start()).url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(/form-action (.*)$/.exec(policy)?.[1]).toBe(`'self' http://localhost:4000 ${PLATFORM}`);
  });

  test('an app’s name is escaped on the pages', async () => {
    const name = `<script>alert(1)</script>"'><img src=x onerror=alert(1)> {app} <%= 1 %>`;
    const [before] = await db.query<{ metadata: unknown }>(
      sql`select metadata from clients where client_id = ${app.id}`,
    );
    await db.query(
      sql`update clients set metadata = metadata || ${JSON.stringify({ client_name: name })}::jsonb where client_id = ${app.id}`,
    );
    try {
      const browser = somebody();
      const { html } = await browser.send((await offer(browser)).at);
      expect(html).not.toMatch(/<script>alert|<img src=x/);
      expect(html).toMatch(/&lt;script&gt;alert\(1\)/);
    } finally {
      await db.query(
        sql`update clients set metadata = ${JSON.stringify(before?.metadata)}::jsonb where client_id = ${app.id}`,
      );
    }
  });

  for (const to of [
    'https://evil.example',
    '//evil.example',
    '/account/../bind',
    '/review/cas_x',
    'javascript:alert(1)',
  ]) {
    test(`a sign-in does not lead to ${to}`, async () => {
      const browser = somebody();
      const page = await browser.open(`/account/sign-in?to=${encodeURIComponent(to)}`);
      const answer = await submit(browser, page, { login: primary, password: PASSWORD });
      expect(answer.location?.href).toBe(`${app.issuer}/account`);
    });
  }

  for (const at of [
    '/account/bindings',
    '/account/data/delete',
    '/account/refusals/brq_0123456789abcdefghijkl',
    '/account/verification/id_front',
    '/review/signings/evi_0123456789abcdefghijkl',
    '/operator/board',
  ]) {
    test(`a sign-in leads back to ${at}`, async () => {
      const browser = somebody();
      const { location } = await browser.send(at);
      assert.ok(location, at);
      expect(location.pathname).toBe('/account/sign-in');
      const page = await browser.open(`${location.pathname}${location.search}`);
      const answer = await submit(browser, page, { login: primary, password: PASSWORD });
      expect(answer.location?.href).toBe(`${app.issuer}${at}`);
    });
  }
});
