import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { csrfOf, startApprovalServer, submit } from '../fixtures/approval.ts';
import type { HttpBrowser } from '../support/http-browser.ts';
import { PASSWORD } from '../support/journeys.ts';

const { issuer, somebody, primary } = await startApprovalServer();

describe('forms that are forged or malformed', () => {
  const code = { user_code: '1234567890123456' };
  const open = async (): Promise<{ browser: HttpBrowser; page: Page }> => {
    const browser = somebody();
    return { browser, page: await browser.open('/bind') };
  };

  test('a valid form is accepted', async () => {
    const { browser, page } = await open();
    expect((await submit(browser, page, code)).status).toBe(422);
  });

  test('without Origin and Sec-Fetch-Site the CSRF field alone decides', async () => {
    const { browser, page } = await open();
    const answer = await fetch(`${issuer}/bind`, {
      method: 'POST',
      headers: { cookie: await browser.jar.getCookieString(issuer) },
      body: new URLSearchParams({ ...code, csrf: csrfOf(page) }),
    });
    expect(answer.status).toBe(422);
  });

  test('a form without its CSRF field, or with a foreign one, is refused', async () => {
    const { browser } = await open();
    const { page: theirs } = await open();
    expect((await browser.send('/bind', { form: code })).status).toBe(403);
    const answer = await browser.send('/bind', { form: { ...code, csrf: csrfOf(theirs) } });
    expect(answer.status).toBe(403);
    expect(answer.page.text).toMatch(/This form was not accepted/);
    // The page says where to go.
    expect(answer.page.text).toContain(issuer);
  });

  for (const [name, value] of [
    ['origin', 'https://evil.example'],
    ['origin', 'null'],
    ['sec-fetch-site', 'cross-site'],
    ['sec-fetch-site', 'same-site'],
  ] as const) {
    test(`a form with ${name}: ${value} is refused`, async () => {
      const { browser, page } = await open();
      expect((await submit(browser, page, code, { headers: { [name]: value } })).status).toBe(403);
    });
  }

  test('a browser that keeps no cookie is told so', async () => {
    const { browser, page } = await open();
    await browser.jar.removeAllCookies();
    const answer = await submit(browser, page, code);
    expect(answer.status).toBe(403);
    expect(answer.page.text).toMatch(/kept no cookie/);
  });

  test('a form of ten kilobytes is refused', async () => {
    const { browser, page } = await open();
    const answer = await submit(browser, page, { user_code: '1'.repeat(10_240) });
    expect(answer.status).toBe(413);
    expect(answer.page.text).toMatch(/too long/);
  });

  for (const type of ['application/json', 'text/xml', 'multipart/form-data; boundary=x']) {
    test(`a body of ${type} is refused`, async () => {
      const answer = await fetch(`${issuer}/bind`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{}',
      });
      expect(answer.status).toBe(400);
    });
  }

  for (const body of [
    'user_code=1&user_code=2',
    'user_code=%00',
    'user_code[__proto__]=1',
    '__proto__[user_code]=1',
    'user_code=%ff',
  ]) {
    test(`a malformed code is refused: ${body}`, async () => {
      const { browser, page } = await open();
      expect(
        (await browser.send('/bind', { form: new URLSearchParams(`csrf=${csrfOf(page)}&${body}`) }))
          .status,
      ).toBe(422);
    });
  }

  test('a NUL in a login is a wrong login', async () => {
    const browser = somebody();
    const page = await browser.open('/account/sign-in');
    expect(
      (await submit(browser, page, { login: `\0${primary}`, password: PASSWORD })).status,
    ).toBe(422);
  });
});
