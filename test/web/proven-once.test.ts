import { describe, expect, test } from '@jest/globals';
import type { Page } from '../../examples/demo/page.ts';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { findClaim } from '../../src/evidence/claims/claims.store.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { drawPaper, makeDeclarer } from '../fixtures/declared-accounts.ts';
import { organisationNumber, personNumber } from '../owners/people.ts';
import { makeApplicantOf } from '../support/applicants.ts';
import { proveAll } from '../support/evidence.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { decide, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db, evidence } = bindery;
const OVERVIEW = '/account/verification';
const DEMO_PASSWORD = 'Bindery-demo-2026';

async function enter(login: string, path: string): Promise<{ browser: HttpBrowser; page: Page }> {
  const browser = new HttpBrowser(issuer);
  return { browser, page: await signIn(browser, await browser.open(path), login) };
}

interface Company {
  readonly login: string;
  readonly account: AccountId;
  readonly number: string;
}

async function makeCompany(): Promise<Company> {
  const made = await makeDeclarer(evidence, { kind: 'enterprise', name: '晨光有限公司' });
  const owner = (await findClaim(db, made.account))?.owner;
  if (!owner) throw new Error('a company that declared itself has no claim');
  await proveAll(db, { account: made.account, owner, kind: 'enterprise' });
  return made;
}

describe('a further account of a proven company', () => {
  test('gets a code, and the proven account confirms it without JavaScript [R44]', async () => {
    const first = await makeCompany();
    const login = await makeApplicantOf(db, 'enterprise');
    const { browser, page } = await enter(login, `${OVERVIEW}/declare`);
    const form = (await decide(browser, page)).form('number');
    const overview = await browser.press(form, {
      name: '晨光有限公司',
      number: first.number,
      bank_account: '6222000012345678',
    });
    expect(overview.text).toMatch(/Verified with another account\?/);
    const start = await browser.open(`${OVERVIEW}/confirmation`);
    const shown = await browser.press(start.form('csrf'));
    const code = /(\d{4} \d{4} \d{4})/.exec(shown.text)?.[1] ?? '';
    expect(code).not.toBe('');

    const other = await enter(first.login, '/account/confirm');
    const wrong = await other.browser.send('/account/confirm', {
      form: other.page.form('confirmation').filled({ confirmation: '000000000000' }),
    });
    expect([wrong.status, /No account waits/.test(wrong.page.text)]).toStrictEqual([404, true]);
    const found = await other.browser.press(other.page.form('confirmation'), {
      confirmation: code,
    });
    const confirm = found.form('password');
    const denied = await other.browser.send(confirm.action, {
      form: confirm.filled({ password: 'wrong' }),
    });
    expect(denied.status).toBe(422);
    const done = await other.browser.press(denied.page.form('password'), {
      password: DEMO_PASSWORD,
    });
    expect(done.text).toMatch(/belongs to the same person or organisation/);

    const after = await browser.open(OVERVIEW);
    expect(after.text).toMatch(/You are verified/);
    expect(after.text).toMatch(/Done with another account of yours/);
  });

  test('an account that states another number gets the same page, and no word [R44]', async () => {
    const first = await makeCompany();
    const stranger = await makeDeclarer(evidence, { kind: 'enterprise', name: '别家公司' });
    const { browser, page } = await enter(stranger.login, OVERVIEW);
    expect(page.text).toMatch(/Verified with another account\?/);
    const start = await browser.open(`${OVERVIEW}/confirmation`);
    const shown = await browser.press(start.form('csrf'));
    const code = /(\d{4} \d{4} \d{4})/.exec(shown.text)?.[1] ?? '';
    const other = await enter(first.login, '/account/confirm');
    const answer = await other.browser.send('/account/confirm', {
      form: other.page.form('confirmation').filled({ confirmation: code }),
    });
    expect(answer.status).toBe(404);
    expect((await findAccount(db, stranger.account))?.ownerId).toBe(null);
  });
});

test('a subsidiary names its parent, and the parent confirms on its page [R44]', async () => {
  const [parent, subsidiary] = [await makeCompany(), await makeCompany()];
  const paper = new File([new Uint8Array(await drawPaper('shares'))], 'shares.jpg', {
    type: 'image/jpeg',
  });
  const { browser, page } = await enter(subsidiary.login, `${OVERVIEW}/affiliation`);
  const after = await browser.upload(page.form('number'), [paper, paper], {
    number: parent.number,
  });
  expect(after.text).toMatch(/Waits for the parent/);
  const other = await enter(parent.login, `${OVERVIEW}/affiliation`);
  expect(other.page.text).toMatch(/says it is your subsidiary/);
  const form = other.page.form('password');
  const wrong = await other.browser.send(form.action, {
    form: form.filled({ password: 'wrong', decision: 'approve' }),
  });
  expect(wrong.status).toBe(422);
  await other.browser.press(form, { password: DEMO_PASSWORD, decision: 'approve' });
  expect((await browser.open(`${OVERVIEW}/affiliation`)).text).toMatch(/With a reviewer/);
  const unverified = await makeDeclarer(evidence, { kind: 'enterprise', name: '未认证公司' });
  const third = await enter(unverified.login, `${OVERVIEW}/affiliation`);
  const refused = await third.browser.send(`${OVERVIEW}/affiliation`, {
    form: third.page.form('number').filledWith([paper, paper], { number: organisationNumber(9) }),
  });
  expect([refused.status, /First verify your company/.test(refused.page.text)]).toStrictEqual([
    409,
    true,
  ]);
});

test('a doctor declares as an individual in a special industry: five steps [R4]', async () => {
  const login = await makeApplicantOf(db, 'special_industry');
  const { browser, page } = await enter(login, `${OVERVIEW}/declare`);
  const form = await decide(browser, page);
  expect(form.text).toMatch(/I am an individual, for instance a doctor/);
  const consent = await browser.open(`${OVERVIEW}/declare?as=person`);
  const asPerson = await decide(browser, consent);
  expect(asPerson.text).toMatch(/Resident identity number/);
  const overview = await browser.press(asPerson.form('number'), {
    name: '王医生',
    number: personNumber(977),
  });
  expect(overview.text).toMatch(/Special-industry verification \(individual\)/);
  for (const step of [/ID card, portrait side/, /Face match/, /permit/, /sign/])
    expect(overview.text).toMatch(step);
  const [claimed] = await db.query<{ kind: string }>(sql`
    select o.kind from accounts a join account_claims c on c.account_id = a.id join owners o on o.id = c.owner_id where a.login = ${login}`);
  expect(claimed?.kind).toBe('person');
});
