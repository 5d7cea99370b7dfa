import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { details, web } from '../support/apps.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, offer, PASSWORD } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

// Each person has an address of their own, so that limits by address do not connect the tests.
const { issuer, bindery } = await startServer({ env: { TRUST_PROXY: 'true' } });
const app = web(issuer);
let people = 0;
const somebody = (): HttpBrowser => {
  people += 1;
  return new HttpBrowser(issuer, { 'x-forwarded-for': `198.51.${people >> 8}.${people & 255}` });
};

async function attempt(
  browser: HttpBrowser,
  login: string,
  password: string,
  at = '/account/sign-in',
): Promise<Answer> {
  const form = (await browser.open(at)).form('login');
  return await browser.send(form.action, { form: form.filled({ login, password }) });
}

/** The page without the parts that differ in every browser and for every login. */
function shape(answer: Answer, login: string): string {
  return answer.html
    .replaceAll(login, '‹login›')
    .replace(/name="(csrf|device_nonce)" value="[^"]*"/g, '')
    .replace(/(action|href)="[^"]*"/g, '');
}

describe('logins cannot be enumerated', () => {
  test('every failed sign-in gets the same answer, whatever the reason', async () => {
    const [known, closed, initiator] = (await makeFamily(bindery.db, 3)) as [
      string,
      string,
      string,
    ];
    await bindery.db.query(sql`update accounts set status = 'closed' where login = ${closed}`);
    const offered = await offer(app, initiator);
    const places: [string, () => Promise<string>][] = [
      ['the account', async () => '/account/sign-in'],
      ['an app', async () => (await app.start()).url],
      ['a binding app', async () => (await app.start(details())).url],
      ['the other side', async () => offered.waiting.link('other-account-here').href],
    ];
    for (const [place, open] of places) {
      const seen = new Set<string>();
      for (const [login, password] of [
        [known, 'a wrong password'],
        [`no-such-${known}`, 'a wrong password'],
        [closed, PASSWORD],
        [known, 'x'.repeat(300)],
        [known, ''],
        [`${known}\0`, PASSWORD],
      ] as const) {
        const answer = await attempt(somebody(), login, password, await open());
        expect([`${place}: ${login}`, answer.status]).toStrictEqual([`${place}: ${login}`, 422]);
        expect(
          answer.headers
            .getSetCookie()
            .filter((line) => /session|account/.test(line.split('=')[0] ?? '')).length,
        ).toBe(0);
        seen.add(shape(answer, login.replace('\0', '')));
      }
      // A NUL cannot be shown, so its page has an empty field. All other pages are equal.
      expect([`${place}: ${seen.size} different answers`, seen.size <= 2]).toStrictEqual([
        `${place}: ${seen.size} different answers`,
        true,
      ]);
    }
  });

  test('an unknown login takes as long as a wrong password', async () => {
    const [known] = (await makeFamily(bindery.db, 1)) as [string];
    const took = async (login: string): Promise<number> => {
      const browser = somebody();
      const form = (await browser.open('/account/sign-in')).form('login');
      const startedAt = performance.now();
      await browser.send(form.action, {
        form: form.filled({ login, password: 'a wrong password' }),
      });
      return performance.now() - startedAt;
    };
    const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
    for (let round = 0; round < 9; round += 1) {
      times.known.push(await took(known));
      times.unknown.push(await took(`nobody-${round}`));
    }
    const median = (list: number[]): number => [...list].sort((a, b) => a - b)[4] as number;
    expect(median(times.unknown)).toBeGreaterThan(0.5 * median(times.known));
  });

  test('an approval session does not tell a stranger who the initiator is', async () => {
    const [initiator, stranger] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, initiator);
    const approvalSession = offered.waiting
      .form('decision')
      .action.pathname.replace('/decision', '');
    const csrf = offered.waiting.form('decision').filled({}).get('csrf') ?? '';
    for (const [login, password] of [
      [stranger, PASSWORD],
      [stranger, 'wrong'],
      ['nobody', 'wrong'],
    ] as const) {
      const answer = await offered.browser.send(`${approvalSession}/login`, {
        form: { csrf, login, password },
      });
      expect([login, answer.status]).toStrictEqual([login, 422]);
    }
  });

  test('logins ignore case, width and spaces, so no second one can look the same', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const wide = login.replace(/[a-z]/g, (letter) =>
      String.fromCodePoint(letter.charCodeAt(0) + 0xfee0),
    );
    for (const typed of [login.toUpperCase(), ` ${login} `, wide])
      expect([typed, (await attempt(somebody(), typed, PASSWORD)).status]).toStrictEqual([
        typed,
        303,
      ]);
  });
});

describe('guessing passwords', () => {
  test('one address has ten tries for one login; other addresses are not blocked', async () => {
    const [login, neighbour] = (await makeFamily(bindery.db, 2)) as [string, string];
    const guesser = somebody();
    for (let guess = 0; guess < 10; guess += 1)
      expect((await attempt(guesser, login, `guess ${guess}`)).status).toBe(422);
    const refused = await attempt(guesser, login, PASSWORD);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // The owner can sign in from another address.
    expect((await attempt(somebody(), login, PASSWORD)).status).toBe(303);
    // The same address can sign in with another login.
    expect((await attempt(guesser, neighbour, PASSWORD)).status).toBe(303);
  });

  test('a hundred tries sent at once count as ten', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const guesser = somebody();
    const form = (await guesser.open('/account/sign-in')).form('login');
    const answers = await Promise.all(
      Array.from(
        { length: 100 },
        async (_, at) =>
          await guesser.send(form.action, {
            form: form.filled({ login, password: `guess ${at}` }),
          }),
      ),
    );
    const looked = answers.filter(({ status }) => status === 422).length;
    expect(looked).toBe(10);
  });

  test('the sign-ins of apps and of bindings share one rate limit', async () => {
    const [login, initiator] = (await makeFamily(bindery.db, 2)) as [string, string];
    const offered = await offer(app, initiator);
    const guesser = somebody();
    for (let guess = 0; guess < 5; guess += 1)
      await attempt(guesser, login, 'wrong', offered.waiting.link('other-account-here').href);
    for (let guess = 0; guess < 5; guess += 1)
      await attempt(guesser, login, 'wrong', (await app.start()).url);
    expect((await attempt(guesser, login, PASSWORD)).status).toBe(429);
  });

  test('a login has sixty tries from all addresses together', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    let refused = 0;
    for (let address = 0; address < 13; address += 1) {
      const guesser = somebody();
      const form = (await guesser.open('/account/sign-in')).form('login');
      const answers = await Promise.all(
        Array.from(
          { length: 5 },
          async () =>
            await guesser.send(form.action, { form: form.filled({ login, password: 'wrong' }) }),
        ),
      );
      refused += answers.filter(({ status }) => status === 429).length;
    }
    expect(refused).toBe(5);
  });

  test('a forged forwarded address does not give another rate limit', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    for (let guess = 0; guess < 10; guess += 1) {
      const liar = new HttpBrowser(issuer, { 'x-forwarded-for': `192.0.2.${guess}, 203.0.113.50` });
      expect((await attempt(liar, login, `guess ${guess}`)).status).toBe(422);
    }
    const liar = new HttpBrowser(issuer, { 'x-forwarded-for': '192.0.2.77, 203.0.113.50' });
    expect((await attempt(liar, login, 'guess 10')).status).toBe(429);
  });

  test('successful sign-ins consume no attempt', async () => {
    const [login] = (await makeFamily(bindery.db, 1)) as [string];
    const browser = somebody();
    for (let times = 0; times < 12; times += 1)
      expect((await attempt(browser, login, PASSWORD)).status).toBe(303);
  });
});
