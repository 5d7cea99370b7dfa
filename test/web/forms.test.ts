import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from '../../examples/demo/page.ts';
import { PASSWORD } from '../support/journeys.ts';
import type { Surfer } from '../support/surfer.ts';
import { csrfOf, startStand, submit } from './stand.ts';

const { issuer, somebody, primary } = await startStand();

describe('forms that are not ours are refused with a page, and change nothing', () => {
  const code = { user_code: '1234567890123456' };
  const open = async (): Promise<{ surfer: Surfer; page: Page }> => {
    const surfer = somebody();
    return { surfer, page: await surfer.open('/bind') };
  };

  test('a form of our own passes', async () => {
    const { surfer, page } = await open();
    assert.equal((await submit(surfer, page, code)).status, 422);
  });

  test('a program that sends neither Origin nor Sec-Fetch-Site is held by the token alone', async () => {
    const { surfer, page } = await open();
    const answer = await fetch(`${issuer}/bind`, {
      method: 'POST',
      headers: { cookie: await surfer.jar.getCookieString(issuer) },
      body: new URLSearchParams({ ...code, csrf: csrfOf(page) }),
    });
    assert.equal(answer.status, 422);
  });

  test('a form without its token, or with another browser’s', async () => {
    const { surfer } = await open();
    const { page: theirs } = await open();
    assert.equal((await surfer.send('/bind', { form: code })).status, 403);
    const answer = await surfer.send('/bind', { form: { ...code, csrf: csrfOf(theirs) } });
    assert.equal(answer.status, 403);
    assert.match(answer.page.text, /This form was not accepted/);
    assert.ok(answer.page.text.includes(issuer), 'it says where to go');
  });

  for (const [name, value] of [
    ['origin', 'https://evil.example'],
    ['origin', 'null'],
    ['sec-fetch-site', 'cross-site'],
    ['sec-fetch-site', 'same-site'],
  ] as const) {
    test(`a form that comes with ${name}: ${value}`, async () => {
      const { surfer, page } = await open();
      assert.equal((await submit(surfer, page, code, { headers: { [name]: value } })).status, 403);
    });
  }

  test('a browser that keeps no cookie is told so', async () => {
    const { surfer, page } = await open();
    await surfer.jar.removeAllCookies();
    const answer = await submit(surfer, page, code);
    assert.equal(answer.status, 403);
    assert.match(answer.page.text, /kept no cookie/);
  });

  test('ten kilobytes', async () => {
    const { surfer, page } = await open();
    const answer = await submit(surfer, page, { user_code: '1'.repeat(10_240) });
    assert.equal(answer.status, 413);
    assert.match(answer.page.text, /too long/);
  });

  for (const type of ['application/json', 'text/xml', 'multipart/form-data; boundary=x']) {
    test(`a body of ${type}`, async () => {
      const answer = await fetch(`${issuer}/bind`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{}',
      });
      assert.equal(answer.status, 400);
    });
  }

  for (const body of [
    'user_code=1&user_code=2',
    'user_code=%00',
    'user_code[__proto__]=1',
    '__proto__[user_code]=1',
    'user_code=%ff',
  ]) {
    test(`is read as no code: ${body}`, async () => {
      const { surfer, page } = await open();
      assert.equal(
        (await surfer.send('/bind', { form: new URLSearchParams(`csrf=${csrfOf(page)}&${body}`) }))
          .status,
        422,
      );
    });
  }

  test('a NUL in a login is a wrong login', async () => {
    const surfer = somebody();
    const page = await surfer.open('/account/sign-in');
    assert.equal(
      (await submit(surfer, page, { login: `\0${primary}`, password: PASSWORD })).status,
      422,
    );
  });
});
