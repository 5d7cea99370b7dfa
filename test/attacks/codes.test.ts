import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { answer, arrive, bind, decide, makeFamily, offer, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

// Each person has a network of their own, so that limits by address do not connect the tests.
const { issuer, managementUrl, bindery } = await startServer({ env: { TRUST_PROXY: 'true' } });
const app = web(issuer);
let people = 0;
const somebody = (): HttpBrowser => {
  people += 1;
  return new HttpBrowser(issuer, {
    'x-forwarded-for': `198.${18 + (people >> 8)}.${people & 255}.7`,
  });
};

async function enter(browser: HttpBrowser, code: string): Promise<Answer> {
  const form = (await browser.open('/bind')).form('user_code');
  return await browser.go(form.action, { form: form.filled({ user_code: code }) });
}

const family = async () => (await makeFamily(bindery.db, 2)) as [string, string];
/** A code with a wrong last digit. It is half right, so the request counts it, whoever types it. */
const slip = (code: string, by = 1): string => code.slice(0, 15) + ((Number(code[15]) + by) % 10);
const isRefused = (page: Page): boolean => page.status >= 400 && !page.hasForm('password');

describe('the format of a typed code', () => {
  test('full-width digits, spaces, hyphens and dots are accepted in a code [R7]', async () => {
    const fullWidth = (code: string) =>
      code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));
    const grouped = (code: string, by: string) => code.replace(/(\d{4})(?=\d)/g, `$1${by}`);
    for (const write of [
      fullWidth,
      (code: string) => fullWidth(grouped(code, '\u3000')),
      (code: string) => ` ${grouped(code, ' - ')} `,
      (code: string) => grouped(code, '.'),
    ]) {
      const [primary, sub] = await family();
      const offered = await offer(app, primary);
      await decide(...(await approvalOf(write(offered.code), sub)));
      expect([write('1234567890123456'), (await app.redeem(offered.handle)).status]).toStrictEqual([
        write('1234567890123456'),
        200,
      ]);
    }
  });

  async function approvalOf(code: string, sub: string): Promise<[HttpBrowser, Page]> {
    const browser = somebody();
    return [browser, await arrive(browser, code, sub)];
  }

  test('a malformed code costs no attempt and is shown again as it was typed [R7]', async () => {
    const browser = somebody();
    for (const typed of [
      '',
      '123',
      '12345678901234567',
      'abcd efgh ijkl mnop',
      '１２３',
      '1234567890123456; drop',
      '-1234567890123456e',
      '𝟙'.repeat(15),
      "' or '1'='1",
    ]) {
      const { status, page } = await enter(browser, typed);
      expect([typed, status]).toStrictEqual([typed, 422]);
      expect(page.form('user_code').filled({}).get('user_code')).toBe(typed);
    }
    const [primary, sub] = await family();
    const offered = await offer(app, primary);
    await decide(browser, await arrive(browser, offered.code, sub));
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });

  test('a code of 5 KB is malformed, and one of 10 KB is too large', async () => {
    const browser = somebody();
    const long = await enter(browser, '1'.repeat(5_000));
    expect(long.status).toBe(422);
    // A long value is not repeated whole.
    expect(long.html.length).toBeLessThan(10_000);
    const larger = await enter(browser, '1'.repeat(10_240));
    expect(larger.status).toBe(413);
    expect(larger.page.text.length).toBeGreaterThan(0);
  });

  test('a code field that is missing, repeated, nested or has a NUL is malformed', async () => {
    const browser = somebody();
    const csrf = (await browser.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    for (const form of [
      new URLSearchParams([['csrf', csrf]]),
      new URLSearchParams([
        ['csrf', csrf],
        ['user_code', '1234567890123456'],
        ['user_code', '1234567890123456'],
      ]),
      new URLSearchParams([
        ['csrf', csrf],
        ['user_code[x]', '1234567890123456'],
      ]),
      new URLSearchParams([
        ['csrf', csrf],
        ['user_code[__proto__]', 'x'],
      ]),
      new URLSearchParams([
        ['csrf', csrf],
        ['user_code', '123456789012345\0'],
      ]),
    ]) {
      expect([String(form), (await browser.send('/bind', { form })).status]).toStrictEqual([
        String(form),
        422,
      ]);
    }
  });
});

describe('a code that does not work', () => {
  test('wrong, expired, used, renewed and withdrawn codes get the same answer [R7]', async () => {
    const [primary, sub] = await family();
    const used = await bind(app, primary, sub);
    const renewed = await offer(app, (await family())[0]);
    const [form] = renewed.waiting.formsEnding('/code');
    const fresh = await renewed.browser.press((form as NonNullable<typeof form>).form);
    expect(fresh.textOfId('user-code').replaceAll(' ', '')).not.toBe(renewed.code);
    const withdrawn = await offer(app, (await family())[0]);
    await decide(withdrawn.browser, withdrawn.waiting, 'refuse');
    const expired = await offer(app, (await family())[0]);
    await advance(managementUrl, 'PT15M');

    const said = new Set<string>();
    for (const code of [
      '0000000000000000',
      used.offer.code,
      renewed.code,
      withdrawn.code,
      expired.code,
    ]) {
      const { status, page } = await enter(somebody(), code);
      expect(status).toBe(422);
      expect(isRefused(page)).toBe(true);
      said.add(page.text);
    }
    // The answer does not tell whether the code ever existed.
    expect(said.size).toBe(1);
  });

  test('a code is used up by an answer, not by opening the page [R7]', async () => {
    const [primary, sub] = await family();
    const offered = await offer(app, primary);
    const [one, two] = [somebody(), somebody()];
    const [first, second] = [
      await arrive(one, offered.code, sub),
      await arrive(two, offered.code, 'zhaomin'),
    ];
    await decide(one, first);
    const late = await two.go(second.form('decision').action, {
      form: second.form('decision').filled({ decision: 'approve' }),
    });
    expect(late.status).toBe(409);
    expect((await app.redeem(offered.handle)).status).toBe(200);
  });

  test('the link of a code stops working with its code [R7]', async () => {
    const [primary, sub] = await family();
    const offered = await offer(app, primary);
    const link = offered.waiting.link('other-account-here');
    await answer(offered, sub, 'approve', somebody());
    expect((await somebody().go(link)).status).toBe(410);
    for (const wrong of [
      '/bind/q/x',
      `/bind/q/${'a'.repeat(43)}`,
      `/bind/q/${'a'.repeat(10_000)}`,
      '/bind/q/%00',
      '/bind/q/..%2f..%2fetc',
    ])
      expect([
        wrong.slice(0, 40),
        [404, 410].includes((await somebody().go(wrong)).status),
      ]).toStrictEqual([wrong.slice(0, 40), true]);
  });

  test('the initiator cannot answer its own request', async () => {
    const [primary] = await family();
    const offered = await offer(app, primary);
    const browser = somebody();
    const form = await browser.open('/bind');
    const signInPage = await browser.press(form.form('user_code'), { user_code: offered.code });
    const refused = await signIn(browser, signInPage, primary);
    expect(refused.status).toBe(422);
    expect(refused.hasForm('login')).toBe(true);
    expect((await app.redeem(offered.handle)).body.error).toBe('authorization_pending');
  });
});

describe('guessing a code', () => {
  test('the fifth half-right guess ends the request, from any browser and address [R7]', async () => {
    const [primary, sub] = await family();
    const offered = await offer(app, primary);
    for (let guess = 1; guess <= 4; guess += 1)
      expect((await enter(somebody(), slip(offered.code, guess))).status).toBe(422);
    expect((await app.redeem(offered.handle)).body.error).toBe('authorization_pending');
    await enter(somebody(), slip(offered.code, 5));
    expect((await app.redeem(offered.handle)).body.error).toBe('expired_token');
    expect((await enter(somebody(), offered.code)).status).toBe(422);
    const page = await offered.browser.open(offered.waiting.link('continue'));
    // The initiator is told at once.
    expect(page.has('user-code')).toBe(false);
    await expect(answer(offered, sub, 'approve', somebody())).rejects.toThrow();
  });

  test('a new code does not reset the count of wrong guesses [R7]', async () => {
    const [primary] = await family();
    const offered = await offer(app, primary);
    for (let guess = 1; guess <= 4; guess += 1) await enter(somebody(), slip(offered.code, guess));
    const [form] = offered.waiting.formsEnding('/code');
    const fresh = await offered.browser.press((form as NonNullable<typeof form>).form);
    await enter(somebody(), slip(fresh.textOfId('user-code').replaceAll(' ', '')));
    expect((await app.redeem(offered.handle)).body.error).toBe('expired_token');
  });

  test('a browser has five guesses, and its sixth binds nothing even if right [R7]', async () => {
    const [primary] = await family();
    const offered = await offer(app, primary);
    const guesser = somebody();
    for (let guess = 0; guess < 5; guess += 1)
      expect((await enter(guesser, `${guess}`.repeat(16))).status).toBe(422);
    const sixth = await enter(guesser, offered.code);
    expect(sixth.status).toBe(429);
    expect(Number(sixth.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(isRefused(sixth.page)).toBe(true);
    expect((await app.redeem(offered.handle)).body.error).toBe('expired_token');
  });

  test('a browser that deletes its cookies is limited by its address', async () => {
    const address = { 'x-forwarded-for': '203.0.113.7' };
    let refused = 0;
    for (let guess = 0; guess < 63; guess += 1) {
      if (
        (await enter(new HttpBrowser(issuer, address), String(guess).padStart(16, '9'))).status ===
        429
      )
        refused += 1;
    }
    // An address has sixty tries in fifteen minutes.
    expect(refused).toBe(3);
  });

  test('right codes cost no attempt at a busy address', async () => {
    const desk = { 'x-forwarded-for': '203.0.113.8' };
    for (let customer = 0; customer < 7; customer += 1) {
      const [primary, sub] = await family();
      const offered = await offer(app, primary);
      const browser = new HttpBrowser(issuer, desk);
      await decide(browser, await arrive(browser, offered.code, sub));
      expect((await app.redeem(offered.handle)).status).toBe(200);
    }
  });
});
