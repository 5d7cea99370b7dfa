import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import {
  ageFactors,
  type Doubt,
  giveApp,
  givePasskey,
  startStepUpServer,
} from '../fixtures/step-up.ts';
import { appCode } from '../support/app-codes.ts';
import { details, web } from '../support/apps.ts';
import { advance } from '../support/clock.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { arrive, decide, makeFamily, offer } from '../support/journeys.ts';

const { issuer, bindery, managementUrl } = await startStepUpServer();
const { db, factors } = bindery;
const app = web(issuer);

async function doubted(doubt: Doubt, people: readonly [string, string]) {
  const offered = await offer(app, people[0], { asked: details({ pack: doubt }) });
  const there = new HttpBrowser(issuer);
  const approval = await arrive(there, offered.code, people[1]);
  return { ...offered, there, approval, page: await decide(there, approval) };
}

const approvalSessionOf = (page: Page) => /\/bind\/s\/sit_[\w-]{22}/.exec(page.source)?.[0] ?? '';

/** Sends a proof to an approval session with its cookie, even if its page offers none. */
async function send(
  browser: HttpBrowser,
  page: Page,
  typed: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { csrf = '', account = '' } = Object.fromEntries(page.form('csrf').filled({}));
  return await browser.go(`${approvalSessionOf(page)}/proof`, {
    form: { csrf, account, ...typed },
  });
}

describe('a proof for another person or by other means', () => {
  test('an approval session cannot be used in another browser [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secret = await giveApp(factors, people[1]);
    await ageFactors(db);
    const { page, handle } = await doubted('counterparty', people);
    const thief = new HttpBrowser(issuer);
    const csrf = (await thief.open('/bind')).form('user_code').filled({}).get('csrf') ?? '';
    for (const path of [
      '/proof',
      '/proof/options',
      '/proof/person',
      '/proof/consent',
      '/decision',
    ]) {
      const answered = await thief.send(`${approvalSessionOf(page)}${path}`, {
        form: { csrf, code: appCode(secret), decision: 'refuse' },
      });
      expect([`${path} ${answered.status}`, [404, 422].includes(answered.status)]).toStrictEqual([
        `${path} ${answered.status}`,
        true,
      ]);
    }
    expect((await thief.send(`${approvalSessionOf(page)}/proof/face`)).status).toBe(404);
    expect((await app.redeem(handle)).body.error).toBe('authorization_pending');
  });

  test('a second person with the same code can neither prove nor withdraw [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const [stranger] = (await makeFamily(db, 1)) as [string];
    const secret = await giveApp(factors, stranger);
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const offered = await offer(app, people[0], { asked: details({ pack: 'counterparty' }) });
    const beside = new HttpBrowser(issuer);
    const theirs = await arrive(beside, offered.code, stranger);
    const there = new HttpBrowser(issuer);
    await decide(there, await arrive(there, offered.code, people[1]));
    const proved = await send(beside, theirs, { code: appCode(secret) });
    expect([String(proved.status), proved.status >= 400]).toStrictEqual([
      String(proved.status),
      true,
    ]);
    expect(proved.page.has('by-app')).toBe(false);
    expect(proved.page.has('by-person')).toBe(false);
    expect((await beside.open(approvalSessionOf(theirs))).hasForm('login')).toBe(true);
    await beside.go(`${approvalSessionOf(theirs)}/decision`, {
      form: theirs.form('decision', 'refuse').filled({ decision: 'refuse' }),
    });
    expect((await app.redeem(offered.handle)).body.error).toBe('authorization_pending');
  });

  test('a proof counts once: a code for one binding, a passkey for one request [R22]', async () => {
    const people = (await makeFamily(db, 3)) as [string, string, string];
    const secret = await giveApp(factors, people[0]);
    await ageFactors(db);
    const code = appCode(secret);
    const one = await doubted('initiator', [people[0], people[1]]);
    const two = await doubted('initiator', [people[0], people[2]]);
    const [first, second] = [
      await one.browser.open(approvalSessionOf(one.waiting)),
      await two.browser.open(approvalSessionOf(two.waiting)),
    ];
    expect((await one.browser.press(first.form('code'), { code })).text).toMatch(/bound/i);
    expect((await send(two.browser, second, { code })).status).toBe(422);
    expect((await app.redeem(two.handle)).body.error).toBe('authorization_pending');

    const others = (await makeFamily(db, 3)) as [string, string, string];
    const key = await givePasskey(factors, others[0]);
    await ageFactors(db);
    const three = await doubted('initiator', [others[0], others[1]]);
    const four = await doubted('initiator', [others[0], others[2]]);
    const pages = [
      await three.browser.open(approvalSessionOf(three.waiting)),
      await four.browser.open(approvalSessionOf(four.waiting)),
    ] as const;
    const csrf = pages[0].form('passkey').filled({}).get('csrf') ?? '';
    const options = await three.browser.send(`${approvalSessionOf(pages[0])}/proof/options`, {
      form: { csrf },
    });
    const passkey = key.get(JSON.parse(options.html));
    expect((await send(four.browser, pages[1], { passkey })).status).toBe(422);
    expect((await send(three.browser, pages[0], { passkey })).page.text).toMatch(/bound/i);
    expect((await app.redeem(four.handle)).body.error).toBe('authorization_pending');
  });

  test('a new factor proves nothing, and a code does not replace a face [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secret = await giveApp(factors, people[1]);
    await ageFactors(db, 1);
    const { there, page } = await doubted('counterparty', people);
    const young = await send(there, page, { code: appCode(secret) });
    expect(young.status).toBe(422);
    expect(young.page.text).toMatch(/too recently/);

    const others = (await makeFamily(db, 2)) as [string, string];
    const old = await giveApp(factors, others[1]);
    await ageFactors(db);
    const face = await doubted('face', others);
    const sent = await send(face.there, face.page, { code: appCode(old) });
    expect(sent.status).toBe(422);
    expect(sent.page.text).toMatch(/not enough/);
  });

  test('a proof is refused for a side that is not asked, or after a stale sign-in [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    const secrets = [await giveApp(factors, people[0]), await giveApp(factors, people[1])] as const;
    await ageFactors(db);
    const { there, page, browser, waiting } = await doubted('counterparty', people);
    const initiators = await browser.open(approvalSessionOf(waiting));
    expect((await send(browser, initiators, { code: appCode(secrets[0]) })).status).toBe(409);
    await advance(managementUrl, 'PT301S');
    const stale = await send(there, page, { code: appCode(secrets[1]) });
    expect(stale.status).toBe(403);
    // A sign-in is asked for first.
    expect(stale.page.hasForm('login')).toBe(true);
  });

  test('wrong proofs are counted over all devices of the account [R22]', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const { there, page } = await doubted('counterparty', people);
    const statuses: number[] = [];
    for (let guess = 0; guess < 7; guess += 1)
      statuses.push((await send(there, page, { code: String(100_000 + guess) })).status);
    expect(statuses).toStrictEqual([422, 422, 422, 422, 422, 429, 429]);
  });

  test('a malformed, oversized or forged proof is refused with a message', async () => {
    const people = (await makeFamily(db, 2)) as [string, string];
    await giveApp(factors, people[1]);
    await ageFactors(db);
    const { there, page } = await doubted('counterparty', people);
    expect((await send(there, page, {})).status).toBe(422);
    expect((await send(there, page, { passkey: '{"id":[]}' })).status).toBe(422);
    expect((await send(there, page, { passkey: 'x'.repeat(9_000) })).status).toBe(413);
    expect((await send(there, page, { code: '000000', csrf: 'x' })).status).toBe(403);
    expect((await send(there, page, { code: '000000', account: 'acc_another' })).status).toBe(409);
    expect(
      (await there.send(`${approvalSessionOf(page)}/proof/face`, { form: new FormData() })).status,
    ).toBe(403);
  });
});
