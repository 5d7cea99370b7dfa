import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { Form, Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import { csrfOf } from '../fixtures/approval.ts';
import { appCode } from '../support/app-codes.ts';
import { Authenticator } from '../support/authenticator.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, PASSWORD, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db } = bindery;
const HERE = '/account/security';

async function enter(login?: string): Promise<{ browser: HttpBrowser; page: Page; login: string }> {
  const [made = ''] = login === undefined ? await makeFamily(db, 1) : [login];
  const browser = new HttpBrowser(issuer);
  return { browser, page: await signIn(browser, await browser.open(HERE), made), login: made };
}

function formOf(page: Page, ending: string): Form {
  const [found] = page.formsEnding(ending);
  assert.ok(found, `a form ${ending}`);
  return found.form;
}

async function post(
  browser: HttpBrowser,
  page: Page,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return await browser.send(`${HERE}${path}`, { form: { csrf: csrfOf(page), ...fields } });
}

async function addApp(browser: HttpBrowser, page: Page): Promise<{ page: Page; secret: string }> {
  const sheet = await browser.press(formOf(page, '/totp'), { password: PASSWORD });
  const secret = sheet.textOfId('secret');
  return {
    page: await browser.press(formOf(sheet, '/confirm'), { code: appCode(secret) }),
    secret,
  };
}

async function addPasskey(
  browser: HttpBrowser,
  page: Page,
  authenticator = new Authenticator(issuer),
): Promise<Authenticator> {
  const options = await post(browser, page, '/passkeys/options', { password: PASSWORD });
  expect([options.html, options.status]).toStrictEqual([options.html, 200]);
  const added = await post(browser, page, '/passkeys', {
    response: authenticator.create(JSON.parse(options.html)),
  });
  expect(added.location?.search).toBe('?done=passkey');
  return authenticator;
}

async function factorsOf(login: string): Promise<{ id: string; kind: string; name: string }[]> {
  return await db.query(sql`
    select f.id, f.kind, f.name from second_factors f join accounts a on a.id = f.account_id where a.login = ${login} order by f.enrolled_at`);
}

async function letStepsPass(): Promise<void> {
  await db.query(sql`update second_factors set last_step = 0 where kind = 'totp'`);
}

describe('who is not signed in', () => {
  test('the pages of factors lead to the sign-in and back when nobody is signed in', async () => {
    const browser = new HttpBrowser(issuer);
    expect((await browser.send(HERE)).location?.href).toBe(
      `${issuer}/account/sign-in?to=${encodeURIComponent(HERE)}`,
    );
    const page = await browser.open('/bind');
    for (const path of [
      '/proof',
      '/passkeys/options',
      '/passkeys',
      '/totp',
      '/totp/confirm',
      '/remove',
    ])
      expect([path, (await post(browser, page, path)).location?.pathname]).toStrictEqual([
        path,
        '/account/sign-in',
      ]);
  });

  test('a GET on an action of the factors page is refused', async () => {
    const { browser } = await enter();
    for (const path of [
      '/proof',
      '/passkeys/options',
      '/passkeys',
      '/totp',
      '/totp/confirm',
      '/remove',
    ])
      expect([path, (await browser.send(`${HERE}${path}`)).status]).toStrictEqual([path, 405]);
  });
});

describe('a thief with a session and no password', () => {
  test('a thief without the password cannot add a factor or learn a secret', async () => {
    const { browser, page, login } = await enter();
    for (const password of ['', 'guess', 'x'.repeat(5_000)]) {
      expect((await post(browser, page, '/passkeys/options', { password })).status).toBe(422);
      const app = await post(browser, page, '/totp', { password });
      expect(app.status).toBe(422);
      expect(app.html).not.toContain('otpauth:');
    }
    expect(await factorsOf(login)).toStrictEqual([]);
  });

  test('a thief has ten guesses of the password to add a factor', async () => {
    const { browser, page } = await enter();
    const answers = await Promise.all(
      Array.from({ length: 25 }, (_, guess) =>
        post(browser, page, '/totp', { password: `guess ${guess}` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 422).length).toBe(10);
    expect((await post(browser, page, '/totp', { password: PASSWORD })).status).toBe(429);
  });
});

describe('a thief with the password', () => {
  test('a thief with the password cannot change factors once there is one', async () => {
    const { browser, page, login } = await enter();
    await addApp(browser, page);
    const thief = await enter(login);
    const [factor] = await factorsOf(login);
    const typed = { password: PASSWORD, factor: factor?.id ?? '' };
    expect((await post(thief.browser, thief.page, '/passkeys/options', typed)).status).toBe(422);
    expect((await post(thief.browser, thief.page, '/remove', typed)).status).toBe(422);
    expect(
      (
        await post(thief.browser, thief.page, '/remove', {
          ...typed,
          code: '000000',
          passkey: '{}',
        })
      ).status,
    ).toBe(422);
    expect((await factorsOf(login)).length).toBe(1);
  });

  test('five wrong codes from any browsers block the account, and the page says so', async () => {
    const owner = await enter();
    const { secret } = await addApp(owner.browser, owner.page);
    await letStepsPass();
    const [factor] = await factorsOf(owner.login);
    const thieves = await Promise.all(Array.from({ length: 4 }, () => enter(owner.login)));
    const typed = { password: PASSWORD, factor: factor?.id ?? '', code: 'no code' };
    const answers = await Promise.all(
      thieves.flatMap(({ browser, page }) =>
        [1, 2, 3].map(() => post(browser, page, '/remove', typed)),
      ),
    );
    expect(answers.filter(({ status }) => status === 422).length).toBe(5);
    const held = await post(owner.browser, owner.page, '/remove', {
      ...typed,
      code: appCode(secret),
    });
    expect(held.status).toBe(429);
    expect(held.headers.get('retry-after')).toBe('900');
    expect(held.page.text).toMatch(/Too many tries/);
  });

  test('a code that the owner has used does not work for a thief', async () => {
    const owner = await enter();
    const { page, secret } = await addApp(owner.browser, owner.page);
    await letStepsPass();
    const code = appCode(secret);
    const begun = await post(owner.browser, page, '/passkeys/options', {
      password: PASSWORD,
      code,
    });
    expect(begun.status).toBe(200);
    const thief = await enter(owner.login);
    const [factor] = await factorsOf(owner.login);
    const removal = await post(thief.browser, thief.page, '/remove', {
      password: PASSWORD,
      factor: factor?.id ?? '',
      code,
    });
    expect(removal.status).toBe(422);
    expect(removal.page.text).toMatch(/used before/);
  });

  test('an enrolment begun before the owner added a factor cannot be finished', async () => {
    const owner = await enter();
    const thief = await enter(owner.login);
    const options = await post(thief.browser, thief.page, '/passkeys/options', {
      password: PASSWORD,
    });
    const sheet = await thief.browser.press(formOf(thief.page, '/totp'), { password: PASSWORD });
    await addPasskey(owner.browser, owner.page);
    const response = new Authenticator(issuer).create(JSON.parse(options.html));
    expect((await post(thief.browser, thief.page, '/passkeys', { response })).status).toBe(422);
    const form = formOf(sheet, '/confirm');
    const late = await thief.browser.send(form.action, {
      form: form.filled({ code: appCode(sheet.textOfId('secret')) }),
    });
    expect(late.status).toBe(409);
    expect((await factorsOf(owner.login)).map(({ kind }) => kind)).toStrictEqual(['passkey']);
  });
});

describe('another account', () => {
  test('an account cannot finish or see an enrolment, or use factors, of another', async () => {
    const [mine, theirs] = [await enter(), await enter()];
    const sheet = await mine.browser.press(formOf(mine.page, '/totp'), { password: PASSWORD });
    const token = formOf(sheet, '/confirm').filled({}).get('token') ?? '';
    const stolen = await post(theirs.browser, theirs.page, '/totp/confirm', {
      token,
      code: 'wrong',
    });
    expect(stolen.status).toBe(409);
    expect(stolen.html).not.toContain('otpauth:');
    const authenticator = await addPasskey(mine.browser, mine.page);
    const [factor] = await factorsOf(mine.login);
    const removal = await post(theirs.browser, theirs.page, '/remove', {
      password: PASSWORD,
      factor: factor?.id ?? '',
    });
    expect(removal.status).toBe(404);
    await addPasskey(theirs.browser, theirs.page);
    const asked = await post(theirs.browser, theirs.page, '/proof', {
      purpose: 'security:enrol-totp',
    });
    const passkey = authenticator.get(JSON.parse(asked.html));
    expect(
      (await post(theirs.browser, theirs.page, '/totp', { password: PASSWORD, passkey })).status,
    ).toBe(422);
    expect((await factorsOf(mine.login)).length).toBe(1);
  });

  test('an account that enrols the passkey of another is refused', async () => {
    const [mine, theirs] = [await enter(), await enter()];
    const authenticator = await addPasskey(mine.browser, mine.page);
    const options = await post(theirs.browser, theirs.page, '/passkeys/options', {
      password: PASSWORD,
    });
    const again = await post(theirs.browser, theirs.page, '/passkeys', {
      response: authenticator.create(JSON.parse(options.html)),
    });
    expect(again.status).toBe(409);
    expect(await factorsOf(theirs.login)).toStrictEqual([]);
  });
});

describe('what passkeys.js asks for', () => {
  test('a passkey challenge is JSON, not cached, and only for changes on this page', async () => {
    const { browser, page, login } = await enter();
    await addPasskey(browser, page);
    const [factor] = await factorsOf(login);
    const good = await post(browser, page, '/proof', { purpose: `security:remove:${factor?.id}` });
    expect([
      good.status,
      good.headers.get('cache-control'),
      good.headers.get('x-content-type-options'),
    ]).toStrictEqual([200, 'no-store', 'nosniff']);
    expect(good.headers.get('content-type') ?? '').toMatch(/^application\/json/);
    for (const purpose of [
      '',
      'step_up:brq_0123456789012345678901',
      'security:new-passkey',
      'security:remove:',
      'security:remove:fac_1',
      '__proto__',
    ]) {
      const answer = await post(browser, page, '/proof', { purpose });
      expect([purpose, answer.status]).toStrictEqual([purpose, 404]);
      expect(JSON.parse(answer.html).title).toBeTruthy();
    }
  });

  test('a proof to remove a factor does not enrol one', async () => {
    const { browser, page, login } = await enter();
    const authenticator = await addPasskey(browser, page);
    const [factor] = await factorsOf(login);
    const asked = await post(browser, page, '/proof', { purpose: `security:remove:${factor?.id}` });
    const passkey = authenticator.get(JSON.parse(asked.html));
    expect((await post(browser, page, '/totp', { password: PASSWORD, passkey })).status).toBe(422);
    expect(
      (
        await post(browser, page, '/remove', {
          password: PASSWORD,
          factor: factor?.id ?? '',
          passkey,
        })
      ).location?.search,
    ).toBe('?done=removed');
  });

  test('of two removals with one proof at once, one is carried out', async () => {
    const { browser, page, login } = await enter();
    const authenticator = await addPasskey(browser, page);
    const [factor] = await factorsOf(login);
    const asked = await post(browser, page, '/proof', { purpose: `security:remove:${factor?.id}` });
    const fields = {
      password: PASSWORD,
      factor: factor?.id ?? '',
      passkey: authenticator.get(JSON.parse(asked.html)),
    };
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => post(browser, page, '/remove', fields)),
    );
    expect(answers.filter(({ status }) => status === 303).length).toBe(1);
    const [told] = await db.query<{ count: number }>(sql`
      select count(*)::int as count from audit_log where action = 'factor.removed' and detail->>'factor' = ${factor?.id}`);
    expect(told?.count).toBe(1);
  });

  test('malformed passkey answers and factor ids are refused', async () => {
    const { browser, page } = await enter();
    for (const response of [
      '',
      '{}',
      '[1]',
      'null',
      '{"id":"a","rawId":"a","type":"public-key","response":{"clientDataJSON":"e30","attestationObject":"oA"}}',
    ])
      expect([
        response,
        (await post(browser, page, '/passkeys', { response })).status,
      ]).toStrictEqual([response, 422]);
    expect((await post(browser, page, '/passkeys', { response: 'x'.repeat(9_000) })).status).toBe(
      413,
    );
    for (const factor of ['', 'fac_1', "fac_'; drop table x;--aaaa", 'fac_0123456789012345678901'])
      expect([
        factor,
        (await post(browser, page, '/remove', { factor, password: PASSWORD })).status,
      ]).toStrictEqual([factor, 404]);
  });

  test('the name of a factor is escaped on the page', async () => {
    const { browser, page, login } = await enter();
    const options = await post(browser, page, '/passkeys/options', { password: PASSWORD });
    const name = '<img src=x onerror=alert(1)>"\'';
    await post(browser, page, '/passkeys', {
      name,
      response: new Authenticator(issuer).create(JSON.parse(options.html)),
    });
    const shown = await browser.send(HERE);
    expect(shown.html).not.toContain('<img');
    expect((await factorsOf(login)).map((factor) => factor.name)).toStrictEqual([name]);
  });
});

test('the security page lists the factors, and the account page links to it', async () => {
  const { browser, page } = await enter();
  expect(page.text).toMatch(/There is only your password/);
  await addApp(browser, page);
  const account = await browser.open('/account');
  const [link] = account.links(/^\/account\/security$/);
  assert.ok(link);
  const there = await browser.open(link.url);
  expect(there.text).toMatch(/1 way beside your password/);
  // There is one authenticator app.
  expect(there.hasForm('token')).toBe(false);
  expect(there.formsEnding('/totp').length).toBe(0);
});
