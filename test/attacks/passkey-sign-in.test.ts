import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { sql } from '../../src/store/sql.ts';
import { accountOf, givePasskey } from '../fixtures/step-up.ts';
import { details, web } from '../support/apps.ts';
import { Authenticator } from '../support/authenticator.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { decide, makeFamily, offer, PASSWORD, signIn } from '../support/journeys.ts';
import { askForPasskey, pressPasskey, sendPasskey, signInByPasskey } from '../support/passkeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer({ env: { TRUST_PROXY: 'true' } });
const { db, factors } = bindery;
const app = web(issuer);
let people = 0;
const somebody = (): HttpBrowser => {
  people += 1;
  return new HttpBrowser(issuer, { 'x-forwarded-for': `198.51.${people >> 8}.${people & 255}` });
};

async function makeHolder(): Promise<{ login: string; authenticator: Authenticator }> {
  const [login] = (await makeFamily(db, 1)) as [string];
  return { login, authenticator: await givePasskey(factors, login) };
}

/** Every page that signs in. */
async function makePlaces(): Promise<readonly (readonly [string, () => Promise<string>])[]> {
  const [initiator] = (await makeFamily(db, 1)) as [string];
  const offered = await offer(app, initiator);
  return [
    ['the account', async () => '/account/sign-in?to=%2Faccount%2Fsecurity'],
    ['an app', async () => (await app.start()).url],
    ['a binding app', async () => (await app.start(details())).url],
    ['the other side', async () => `${issuer}/bind`],
    ['the other side, here', async () => offered.waiting.link('other-account-here').href],
  ];
}

async function openAt(browser: HttpBrowser, at: string, code?: string): Promise<Page> {
  const page = await browser.open(at);
  return code && page.hasForm('user_code')
    ? await browser.press(page.form('user_code'), { user_code: code })
    : page;
}

/** The page without the parts that differ in every browser. */
function shape({ html }: Answer): string {
  return html
    .replace(/name="(csrf|device_nonce)" value="[^"]*"/g, '')
    .replace(/(action|href)="[^"]*"/g, '');
}

function isSignedIn(answer: Answer): boolean {
  return (
    answer.status < 400 ||
    answer.headers.getSetCookie().some((line) => /session|account/.test(line.split('=')[0] ?? ''))
  );
}

test('every wrong passkey gets the same answer, at every sign-in', async () => {
  const [initiator] = (await makeFamily(db, 1)) as [string];
  for (const [place, open] of await makePlaces()) {
    const { code } = await offer(app, initiator);
    const [good, closed] = [await makeHolder(), await makeHolder()];
    await db.query(sql`update accounts set status = 'closed' where login = ${closed.login}`);
    const stranger = new Authenticator(issuer);
    stranger.userHandle = good.authenticator.userHandle;
    const seen = new Set<string>();
    const wrongs: readonly [string, (browser: HttpBrowser, page: Page) => Promise<Answer>][] = [
      ['unknown here', async (browser, page) => await pressPasskey(browser, page, stranger)],
      [
        'signed by another key',
        async (browser, page) =>
          await pressPasskey(browser, page, good.authenticator, { forged: true }),
      ],
      [
        'nobody verified',
        async (browser, page) =>
          await pressPasskey(browser, page, good.authenticator, { unverified: true }),
      ],
      [
        'of another origin',
        async (browser, page) =>
          await pressPasskey(browser, page, good.authenticator, { origin: 'https://evil.test' }),
      ],
      [
        'for another party',
        async (browser, page) =>
          await pressPasskey(browser, page, good.authenticator, { rpId: 'evil.test' }),
      ],
      [
        'a closed account’s',
        async (browser, page) => await pressPasskey(browser, page, closed.authenticator),
      ],
      [
        'somebody else’s by its own word',
        async (browser, page) =>
          await pressPasskey(browser, page, good.authenticator, {
            userHandle: closed.authenticator.userHandle,
          }),
      ],
      [
        'to a challenge of another browser',
        async (browser, page) => {
          const counterparty = somebody();
          const options = await askForPasskey(
            counterparty,
            await counterparty.open('/account/sign-in'),
          );
          return await sendPasskey(browser, page, good.authenticator.get(options));
        },
      ],
      [
        'replayed',
        async (browser, page) => {
          const counterparty = somebody();
          const passkey = good.authenticator.get(
            await askForPasskey(counterparty, await counterparty.open('/account/sign-in')),
          );
          await sendPasskey(counterparty, await counterparty.open('/account/sign-in'), passkey);
          return await sendPasskey(browser, page, passkey);
        },
      ],
      ['nonsense', async (browser, page) => await sendPasskey(browser, page, '{"id":"a"}')],
    ];
    for (const [what, wrong] of wrongs) {
      const browser = somebody();
      const answer = await wrong(browser, await openAt(browser, await open(), code));
      expect([`${place}: ${what}`, answer.status]).toStrictEqual([`${place}: ${what}`, 422]);
      expect([`${place}: ${what}`, !isSignedIn(answer)]).toStrictEqual([`${place}: ${what}`, true]);
      seen.add(shape(answer));
    }
    expect([`${place}: ${seen.size} different answers`, seen.size]).toStrictEqual([
      `${place}: ${seen.size} different answers`,
      1,
    ]);
    const browser = somebody();
    expect([
      place,
      (await pressPasskey(browser, await openAt(browser, await open(), code), good.authenticator))
        .status,
    ]).toStrictEqual([place, 303]);
  }
});

test('a replayed passkey answer signs nobody in, even in the same browser', async () => {
  const { authenticator } = await makeHolder();
  const browser = somebody();
  const page = await browser.open('/account/sign-in');
  const passkey = authenticator.get(await askForPasskey(browser, page));
  expect((await sendPasskey(browser, page, passkey)).status).toBe(303);
  const account = await browser.open('/account');
  const [out] = account.formsEnding('/account/sign-out');
  if (out) await browser.press(out.form);
  expect((await sendPasskey(browser, page, passkey)).status).toBe(422);
  expect((await browser.send('/account')).location?.pathname).toBe('/account/sign-in');
  // A browser that never opened the page is not signed in either.
  expect((await sendPasskey(somebody(), page, passkey)).status).toBe(403);
});

test('one passkey answer sent ten times at once signs in once', async () => {
  const { authenticator } = await makeHolder();
  const browser = somebody();
  const page = await browser.open('/account/sign-in');
  const passkey = authenticator.get(await askForPasskey(browser, page));
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => sendPasskey(browser, page, passkey)),
  );
  expect(answers.filter(({ status }) => status === 303).length).toBe(1);
});

describe('another site', () => {
  test('another site can neither ask for a challenge nor send an answer', async () => {
    const { authenticator } = await makeHolder();
    const browser = somebody();
    const page = await browser.open('/account/sign-in');
    const csrf = page.form('passkey').filled({}).get('csrf') ?? '';
    const foreign = { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' };
    expect(
      (await browser.send('/sign-in/passkey', { form: { csrf }, headers: foreign })).status,
    ).toBe(403);
    expect((await browser.send('/sign-in/passkey', { form: { csrf: 'x' } })).status).toBe(403);
    expect((await browser.send('/sign-in/passkey')).status).toBe(405);
    // Login CSRF: the attacker's page sends an answer for the attacker's own account.
    const attacker = somebody();
    const passkey = authenticator.get(
      await askForPasskey(attacker, await attacker.open('/account/sign-in')),
    );
    const form = page.form('passkey');
    expect(
      (await browser.send(form.action, { form: form.filled({ passkey }), headers: foreign }))
        .status,
    ).toBe(403);
    expect(
      (await browser.send(form.action, { form: form.filled({ passkey, csrf: 'x' }) })).status,
    ).toBe(403);
    // With a stolen field, the challenge belongs to another browser.
    expect((await sendPasskey(browser, page, passkey)).status).toBe(422);
  });

  test('a sign-in by passkey never redirects to another site', async () => {
    const { authenticator } = await makeHolder();
    for (const to of [
      'https://evil.test/',
      '//evil.test',
      '/account/../..//evil.test',
      '/sign-in/passkey',
    ]) {
      const browser = somebody();
      const page = await browser.open(`/account/sign-in?to=${encodeURIComponent(to)}`);
      expect([to, (await pressPasskey(browser, page, authenticator)).location?.href]).toStrictEqual(
        [to, `${issuer}/account`],
      );
    }
  });
});

describe('signing in by passkey', () => {
  test('a passkey signs in its own account, whatever login was typed beside it', async () => {
    const [mine, theirs] = [await makeHolder(), await makeHolder()];
    const browser = somebody();
    const page = await browser.open('/account/sign-in');
    const passkey = mine.authenticator.get(await askForPasskey(browser, page));
    const fields = new URLSearchParams(page.form('passkey').filled({ passkey }));
    fields.set('login', theirs.login);
    fields.set('password', PASSWORD);
    expect((await browser.send(page.form('passkey').action, { form: fields })).status).toBe(303);
    const account = await browser.open('/account');
    expect(account.text).toMatch(new RegExp(`Family ${mine.login}`));
  });

  test('a failed passkey does not fall back to the password sent with it', async () => {
    const { login, authenticator } = await makeHolder();
    const browser = somebody();
    const page = await browser.open('/account/sign-in');
    const passkey = authenticator.get(await askForPasskey(browser, page), { forged: true });
    const fields = new URLSearchParams(page.form('passkey').filled({ passkey }));
    fields.set('login', login);
    fields.set('password', PASSWORD);
    expect((await browser.send(page.form('passkey').action, { form: fields })).status).toBe(422);
  });

  test('sign-ins and failed tries with known passkeys are audited, without secrets', async () => {
    const { login, authenticator } = await makeHolder();
    const browser = somebody();
    const page = await browser.open('/account/sign-in');
    await pressPasskey(browser, page, authenticator, { forged: true });
    await pressPasskey(browser, page, authenticator);
    const { id } = await accountOf(db, login);
    const rows = await db.query<{ action: string; detail: { purpose: string } }>(sql`
      select action, detail from audit_log where actor = ${id} and action like 'factor.%proved' order by seq`);
    expect(rows.map(({ action, detail }) => [action, detail.purpose])).toStrictEqual([
      ['factor.not_proved', 'sign_in'],
      ['factor.proved', 'sign_in'],
    ]);
    expect(JSON.stringify(rows)).not.toContain(authenticator.id.toString('base64url'));
  });
});

test('wrong answers are counted by passkey and address, and lock nobody else out', async () => {
  const { login, authenticator } = await makeHolder();
  const thief = somebody();
  const page = await thief.open('/account/sign-in');
  for (const tried of [authenticator, new Authenticator(issuer)]) {
    for (let guess = 0; guess < 10; guess += 1)
      expect((await pressPasskey(thief, page, tried, { forged: true })).status).toBe(422);
    const refused = await pressPasskey(thief, page, tried);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  const owner = somebody();
  expect(
    (await pressPasskey(owner, await owner.open('/account/sign-in'), authenticator)).status,
  ).toBe(303);
  const form = page.form('login');
  expect(
    (await thief.send(form.action, { form: form.filled({ login, password: PASSWORD }) })).status,
  ).toBe(303);
});

test('wrong passwords do not block a passkey', async () => {
  const { login, authenticator } = await makeHolder();
  const browser = somebody();
  const page = await browser.open('/account/sign-in');
  const form = page.form('login');
  for (let guess = 0; guess < 11; guess += 1)
    await browser.send(form.action, { form: form.filled({ login, password: 'guess' }) });
  expect(
    (await browser.send(form.action, { form: form.filled({ login, password: PASSWORD }) })).status,
  ).toBe(429);
  expect((await pressPasskey(browser, page, authenticator)).status).toBe(303);
});

test('a proof for another purpose does not sign in, and a sign-in proves nothing', async () => {
  const { authenticator } = await makeHolder();
  const browser = somebody();
  const page = await browser.open('/account/sign-in?to=%2Faccount%2Fsecurity');
  const answer = await pressPasskey(browser, page, authenticator);
  assert.ok(answer.location);
  const security = await browser.open(answer.location);
  const csrf = security.form('password').filled({}).get('csrf') ?? '';
  const asked = await browser.send('/account/security/proof', {
    form: { csrf, purpose: 'security:enrol-totp' },
  });
  const proof = authenticator.get(JSON.parse(asked.html));
  expect((await sendPasskey(somebody(), page, proof)).status).toBe(403);
  expect((await sendPasskey(browser, page, proof)).status).toBe(422);
  const passkey = authenticator.get(await askForPasskey(browser, page));
  expect(
    (await browser.send('/account/security/totp', { form: { csrf, password: PASSWORD, passkey } }))
      .status,
  ).toBe(422);
});

test('the passkey options are JSON, not cached, and the same for every account', async () => {
  const { login } = await makeHolder();
  const seen = new Set<string>();
  for (const typed of [login, 'nobody-at-all', '']) {
    const browser = somebody();
    const page = await browser.open('/account/sign-in');
    const csrf = page.form('passkey').filled({}).get('csrf') ?? '';
    const answer = await browser.send('/sign-in/passkey', {
      form: { csrf, login: typed, purpose: 'security:enrol-totp' },
    });
    expect([answer.status, answer.headers.get('cache-control')]).toStrictEqual([200, 'no-store']);
    expect(answer.headers.get('content-type') ?? '').toMatch(/^application\/json/);
    const { challenge, ...rest } = JSON.parse(answer.html);
    expect(challenge).toMatch(/^[\w-]{43}$/);
    seen.add(JSON.stringify(rest));
  }
  expect(seen.size).toBe(1);
});

describe('on a strange device in a strange network', () => {
  const HOME = {
    'user-agent':
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
  };
  const ABROAD = {
    'user-agent':
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
  };

  /** Makes the passkeys of both accounts, and the known home of their owner, so many days old. */
  async function bindAbroad(factorDays: number, knownDays: number): Promise<string> {
    people += 1; // a network that no other test uses
    const logins = (await makeFamily(db, 2)) as [string, string];
    const [initiator, counterparty] = [
      await givePasskey(factors, logins[0]),
      await givePasskey(factors, logins[1]),
    ];
    await db.query(sql`
      update second_factors set enrolled_at = enrolled_at - make_interval(days => ${factorDays})
       where account_id in (select id from accounts where login = any(${logins}))`);
    const home = new HttpBrowser(issuer, { ...HOME, 'x-forwarded-for': `203.0.${people & 255}.7` });
    await signIn(home, await home.open('/account/sign-in'), logins[0]);
    await db.query(
      sql`update signals set first_at = first_at - make_interval(days => ${knownDays})`,
    );

    const abroad = new HttpBrowser(issuer, {
      ...ABROAD,
      'x-forwarded-for': `192.0.${people & 255}.9`,
    });
    const { body } = await app.ask(details());
    const consent = await signInByPasskey(
      abroad,
      await abroad.open(String(body.start_uri)),
      initiator,
    );
    const waiting = await decide(abroad, consent);
    await db.query(
      sql`update binding_requests set created_at = created_at - interval '60 seconds'`,
    );
    const form = (await abroad.open('/bind')).form('user_code');
    const page = await abroad.press(form, {
      user_code: waiting.textOfId('user-code').replaceAll(' ', ''),
    });
    await decide(abroad, await signInByPasskey(abroad, page, counterparty));
    const told = await app.redeem(String(body.binding_request));
    return told.status === 200 ? 'bound' : String(told.body.refusal ?? told.body.error);
  }

  test('at a strange device, old passkeys can bind and new ones cannot [R10, R21, R22]', async () => {
    expect(await bindAbroad(50, 60)).toBe('bound');
    expect(await bindAbroad(1, 60)).not.toBe('bound');
    // Waiting for weeks does not help either.
    expect(await bindAbroad(20, 60)).not.toBe('bound');
  });

  test('a passkey as old as a new account does not count at a strange device [R21, R22]', async () => {
    expect(await bindAbroad(12, 14)).not.toBe('bound');
  });
});
