import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { findAccountByLogin } from '../../src/accounts/accounts.store.ts';
import { changeRoles } from '../../src/accounts/change-roles.ts';
import type { Role } from '../../src/accounts/role.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { signInReviewer } from '../fixtures/review-pages.ts';
import type { Answer, HttpBrowser } from '../support/http-browser.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer } = await startServer();
const { db } = bindery;
const PEOPLE = '/operator/people';
const operator = await signInReviewer(issuer, 'operator', PEOPLE);

async function idOf(login: string): Promise<AccountId> {
  const account = await findAccountByLogin(db, login);
  assert.ok(account);
  return account.id;
}

async function rolesOf(login: string): Promise<readonly string[]> {
  return (await findAccountByLogin(db, login))?.roles ?? [];
}

/** The roles of an account from the start, as a command gives them. */
async function give(login: string, ...roles: readonly Role[]): Promise<void> {
  await db.query(sql`update accounts set roles = ${roles} where login = ${login}`);
}

/** Sends a button of the page, also one that the page does not offer. */
async function press(
  browser: HttpBrowser,
  { step, role, login }: { readonly step: string; readonly role: string; readonly login: string },
): Promise<Answer> {
  const csrf = (await browser.open('/account/sign-in')).form('login').filled({}).get('csrf') ?? '';
  const form = { csrf, step, role, account: await idOf(login) };
  return await browser.go(PEOPLE, { form });
}

describe('the page of people and roles', () => {
  test('an operator finds somebody by login and makes a reviewer of them', async () => {
    const page = await operator.open(`${PEOPLE}?login=SunLi`);
    expect(page.text).toContain('孙丽');
    const done = await operator.go(PEOPLE, {
      form: page.form('step', 'grant').filled({ role: 'reviewer', step: 'grant' }),
    });
    expect(done.page.text).toContain('The role is granted.');
    expect(await rolesOf('sunli')).toStrictEqual(['reviewer']);
    const [row] = await db.query<{ actor: string; detail: object }>(sql`
      select actor, detail from audit_log where action = 'role.granted' and subject = ${await idOf('sunli')}`);
    expect(row).toStrictEqual({ actor: await idOf('operator'), detail: { role: 'reviewer' } });
    expect((await operator.open(`${PEOPLE}?login=no-such`)).text).toContain('no-such');
  });

  test('two people make an operator, and who asked cannot confirm', async () => {
    await give('mz-ops', 'operator');
    const second = await signInReviewer(issuer, 'mz-ops', PEOPLE);
    const login = 'mz-analyst';
    const asked = await press(operator, { step: 'grant', role: 'operator', login });
    expect(asked.page.text).toContain('Another operator has to confirm it.');
    expect(await rolesOf(login)).toStrictEqual([]);
    const alone = await press(operator, { step: 'confirm', role: 'operator', login });
    expect([alone.status, await rolesOf(login)]).toStrictEqual([403, []]);
    const confirmed = await second.open(PEOPLE);
    expect(confirmed.text).toMatch(/Asked by 运营人员/);
    await press(second, { step: 'confirm', role: 'operator', login });
    expect(await rolesOf(login)).toStrictEqual(['operator']);
    await give(login);
  });

  test('what an operator asked who is frozen since cannot be confirmed', async () => {
    await give('mz-ops', 'operator');
    const second = await signInReviewer(issuer, 'mz-ops', PEOPLE);
    const login = 'mz-analyst';
    await press(second, { step: 'grant', role: 'operator', login });
    await db.query(sql`update accounts set status = 'frozen' where login = 'mz-ops'`);
    const confirmed = await press(operator, { step: 'confirm', role: 'operator', login });
    expect([confirmed.status, await rolesOf(login)]).toStrictEqual([409, []]);
    await press(operator, { step: 'withdraw', role: 'operator', login });
    await db.query(sql`update accounts set status = 'normal' where login = 'mz-ops'`);
    await give('mz-ops');
  });

  test('what was asked long ago cannot be confirmed', async () => {
    await give('mz-ops', 'operator');
    const [asker, account] = [await idOf('operator'), await idOf('mz-finance')];
    await changeRoles({ db }, { kind: 'grant', role: 'operator', account, by: asker });
    await advanceClock(db, 'P8D');
    const by = await idOf('mz-ops');
    const late = await changeRoles({ db }, { kind: 'confirm', role: 'operator', account, by });
    expect(late.ok ? 'ok' : late.refusal.code).toBe('not_asked_for');
  });

  test('what an operator asked is off once they are no operator', async () => {
    await give('mz-ops', 'operator');
    const [asker, account, by] = [
      await idOf('mz-ops'),
      await idOf('mz-content'),
      await idOf('operator'),
    ];
    await changeRoles({ db }, { kind: 'grant', role: 'operator', account, by: asker });
    await changeRoles({ db }, { kind: 'withdraw', role: 'operator', account: asker, by });
    const confirmed = await changeRoles({ db }, { kind: 'confirm', role: 'operator', account, by });
    expect(confirmed.ok ? 'ok' : confirmed.refusal.code).toBe('not_asked_for');
  });

  test('the last operator cannot remove itself', async () => {
    const last = await press(operator, { step: 'withdraw', role: 'operator', login: 'operator' });
    expect([last.status, last.page.title]).toStrictEqual([
      409,
      expect.stringContaining('The last operator stays'),
    ]);
    // an operator who cannot sign in does not count
    await give('mz-ops', 'operator');
    await db.query(sql`update accounts set password_hash = null where login = 'mz-ops'`);
    const still = await press(operator, { step: 'withdraw', role: 'operator', login: 'operator' });
    expect([still.status, await rolesOf('operator')]).toStrictEqual([409, ['operator']]);
    await give('mz-ops');
  });

  test('two operators who remove each other at once leave one', async () => {
    for (let round = 0; round < 5; round += 1) {
      await give('operator', 'operator');
      await give('reviewer-b', 'operator');
      const [one, two] = [await idOf('operator'), await idOf('reviewer-b')];
      await Promise.all([
        changeRoles({ db }, { kind: 'withdraw', role: 'operator', account: one, by: two }),
        changeRoles({ db }, { kind: 'withdraw', role: 'operator', account: two, by: one }),
      ]);
      const left = [...(await rolesOf('operator')), ...(await rolesOf('reviewer-b'))];
      expect(left).toStrictEqual(['operator']);
      // and so do two commands
      await give('operator', 'operator');
      await give('reviewer-b', 'operator');
      await Promise.all(
        [one, two].map(async (account) => {
          await changeRoles({ db }, { kind: 'withdraw', role: 'operator', account, by: 'system' });
        }),
      );
      const after = [...(await rolesOf('operator')), ...(await rolesOf('reviewer-b'))];
      expect(after).toStrictEqual(['operator']);
    }
    await give('operator', 'operator');
    await give('reviewer-b', 'reviewer');
  });
});

describe('a role that ends', () => {
  test('a role withdrawn while a form is open refuses the form', async () => {
    await give('mz-ops', 'operator');
    await db.query(sql`
      update accounts set password_hash = (select password_hash from accounts where login = 'operator')
       where login = 'mz-ops'`);
    const leaving = await signInReviewer(issuer, 'mz-ops', PEOPLE);
    const page = await leaving.open(`${PEOPLE}?login=zhaomin`);
    const form = page.form('step', 'grant').filled({ role: 'reviewer', step: 'grant' });
    await press(operator, { step: 'withdraw', role: 'operator', login: 'mz-ops' });
    const sent = await leaving.go(PEOPLE, { form });
    expect([sent.status, await rolesOf('zhaomin')]).toStrictEqual([403, []]);
    for (const path of ['/operator', '/operator/board', PEOPLE])
      expect((await leaving.go(path)).status).toBe(403);
  });

  test('an auditor reads what an operator reads, and changes nothing', async () => {
    await give('mz-service', 'auditor');
    const auditor = await signInReviewer(issuer, 'mz-service', PEOPLE);
    expect((await auditor.open('/account')).links(/^\/operator$/).length).toBe(1);
    for (const path of ['/operator', '/operator/board', PEOPLE])
      expect((await auditor.go(path)).status).toBe(200);
    const page = await auditor.open(`${PEOPLE}?login=zhaomin`);
    expect(page.text).toContain('You are an auditor');
    const { html } = await auditor.go(`${PEOPLE}?login=zhaomin`);
    expect(html).not.toContain('name="step"');
    const sent = await press(auditor, { step: 'grant', role: 'reviewer', login: 'zhaomin' });
    expect([sent.status, await rolesOf('zhaomin')]).toStrictEqual([403, []]);
    expect((await auditor.go('/review')).status).toBe(403);
  });
});
