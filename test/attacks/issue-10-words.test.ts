import { expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { findClaim } from '../../src/evidence/claims/claims.store.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { drawPaper, makeDeclarer } from '../fixtures/declared-accounts.ts';
import { makeApplicantOf } from '../support/applicants.ts';
import { proveAll } from '../support/evidence.ts';
import { HttpBrowser } from '../support/http-browser.ts';
import { decide, PASSWORD, signIn } from '../support/journeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer();
const { db, evidence } = bindery;
const OVERVIEW = '/account/verification';

async function enter(login: string, path: string) {
  const browser = new HttpBrowser(issuer);
  return { browser, page: await signIn(browser, await browser.open(path), login) };
}

async function makeCompany() {
  const made = await makeDeclarer(evidence, { kind: 'enterprise', name: '晨光有限公司' });
  const owner = (await findClaim(db, made.account))?.owner;
  if (!owner) throw new Error('a company that declared itself has no claim');
  await proveAll(db, { account: made.account, owner, kind: 'enterprise' });
  return made;
}

const restrict = async (id: AccountId) =>
  await db.query(sql`update accounts set status = 'restricted' where id = ${id}`);

test('a restricted account gives no word for another account', async () => {
  const first = await makeCompany();
  const login = await makeApplicantOf(db, 'enterprise');
  const { browser, page } = await enter(login, `${OVERVIEW}/declare`);
  const typed = { name: '晨光有限公司', number: first.number, bank_account: '6222000012345678' };
  await browser.press((await decide(browser, page)).form('number'), typed);
  const start = await browser.open(`${OVERVIEW}/confirmation`);
  const shown = await browser.press(start.form('csrf'));
  const code = /(\d{4} \d{4} \d{4})/.exec(shown.text)?.[1] ?? '';
  const other = await enter(first.login, '/account/confirm');
  const found = await other.browser.press(other.page.form('confirmation'), { confirmation: code });
  await restrict(first.account);
  const form = found.form('password').filled({ password: PASSWORD });
  expect((await other.browser.go('/account/confirm/do', { form })).status).toBe(404);
  const [account] = await db.query<{ id: string }>(
    sql`select id from accounts where login = ${login}`,
  );
  expect((await findAccount(db, account?.id ?? ''))?.qualification).not.toBe('verified');
});

test('a restricted account of a parent confirms no subsidiary', async () => {
  const [parent, subsidiary] = [await makeCompany(), await makeCompany()];
  const paper = new File([new Uint8Array(await drawPaper('shares'))], 'shares.jpg', {
    type: 'image/jpeg',
  });
  const { browser, page } = await enter(subsidiary.login, `${OVERVIEW}/affiliation`);
  await browser.upload(page.form('number'), [paper, paper], { number: parent.number });
  const other = await enter(parent.login, `${OVERVIEW}/affiliation`);
  const form = other.page.form('password');
  await restrict(parent.account);
  const typed = { password: PASSWORD, decision: 'approve' };
  expect((await other.browser.go(form.action, { form: form.filled(typed) })).status).toBe(404);
  expect((await browser.open(`${OVERVIEW}/affiliation`)).text).toMatch(/Waits for the parent/);
});
