import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { accountOf, givePasskey } from '../fixtures/step-up.ts';
import { Authenticator } from '../support/authenticator.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { makeFamily, PASSWORD, signIn } from '../support/journeys.ts';
import { pressPasskey } from '../support/passkeys.ts';
import { startServer } from '../support/server.ts';

const { issuer, bindery } = await startServer({ env: { TRUST_PROXY: 'true' } });
const { db, factors } = bindery;
let people = 0;
/** Each from an address of its own, so that tests do not share attempts. */
const somebody = (): HttpBrowser => {
  people += 1;
  return new HttpBrowser(issuer, { 'x-forwarded-for': `198.51.100.${people}` });
};

interface Row {
  readonly action: string;
  readonly subject: string;
  readonly actor: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** The audit rows that `work` leaves, and how many statements it sends. */
async function audited(
  work: () => Promise<Answer>,
): Promise<{ rows: readonly Row[]; sent: number }> {
  const [last] = await db.query<{ seq: number }>(
    sql`select coalesce(max(seq), 0)::int as seq from audit_log`,
  );
  const before = db.sent;
  const { status } = await work();
  expect(status).toBeLessThan(500);
  const sent = db.sent - before;
  const rows = await db.query<Row>(sql`
    select action, subject, actor, detail from audit_log where seq > ${last?.seq ?? 0} order by seq`);
  return { rows, sent };
}

async function attempt(login: string, password: string, browser = somebody()) {
  const form = (await browser.open('/account/sign-in')).form('login');
  return await audited(
    async () => await browser.send(form.action, { form: form.filled({ login, password }) }),
  );
}

async function attemptByPasskey(
  authenticator: Authenticator,
  more: Parameters<typeof pressPasskey>[3] = {},
) {
  const browser = somebody();
  const page = await browser.open('/account/sign-in');
  return await audited(async () => await pressPasskey(browser, page, authenticator, more));
}

const family = async () => ((await makeFamily(db, 1)) as [string])[0];

describe('the audit row of a refused sign-in', () => {
  test('a wrong password leaves an audit row about the account, by nobody', async () => {
    const login = await family();
    const { rows } = await attempt(login, 'a wrong password');
    const detail = { by: 'password', site: 'ACC-1F3' };
    expect(rows).toStrictEqual([
      { action: 'sign-in.refused', subject: (await accountOf(db, login)).id, actor: null, detail },
    ]);
  });

  test('a closed account leaves an audit row with a site of its own', async () => {
    const login = await family();
    await db.query(sql`update accounts set status = 'closed' where login = ${login}`);
    const { rows } = await attempt(login, PASSWORD);
    expect(rows.map(({ detail }) => detail)).toStrictEqual([{ by: 'password', site: 'ACC-1F4' }]);
  });

  test('an unknown login leaves an audit row without its text, in as many statements', async () => {
    const typed = 'a-password-typed-as-a-login';
    const known = await attempt(await family(), 'a wrong password');
    const unknown = await attempt(typed, 'a wrong password');
    // the time of the answer gives no hint
    expect(unknown.sent).toBe(known.sent);
    const [row] = unknown.rows;
    expect(row?.subject ?? '').toMatch(/^unknown:[\w-]{22}$/);
    expect(JSON.stringify(unknown.rows)).not.toMatch(new RegExp(typed));
    const [again] = (await attempt(typed, 'another')).rows;
    const [other] = (await attempt('another-login', 'another')).rows;
    // attempts on one login belong together
    expect(again?.subject).toBe(row?.subject);
    expect(other?.subject).not.toBe(row?.subject);
  });

  test('an unknown passkey leaves an audit row', async () => {
    const stranger = new Authenticator(issuer);
    const { rows } = await attemptByPasskey(stranger);
    expect(rows.map(({ action, actor, detail }) => ({ action, actor, detail }))).toStrictEqual([
      { action: 'sign-in.refused', actor: null, detail: { by: 'passkey', site: 'ACC-6K3' } },
    ]);
    expect(rows[0]?.subject ?? '').toMatch(/^unknown:/);
  });

  test('a wrong passkey signature leaves an audit row about its account', async () => {
    const login = await family();
    const { rows } = await attemptByPasskey(await givePasskey(factors, login), { forged: true });
    expect(rows.map(({ action }) => action)).toStrictEqual([
      'factor.not_proved',
      'sign-in.refused',
    ]);
    expect([rows[1]?.subject, rows[1]?.actor]).toStrictEqual([
      (await accountOf(db, login)).id,
      null,
    ]);
  });

  test('refused sign-ins leave no more audit rows than their budget allows', async () => {
    const login = await family();
    const browser = somebody();
    let rows = 0;
    for (let turn = 0; turn < 13; turn += 1)
      rows += (await attempt(login, `wrong ${turn}`, browser)).rows.length;
    expect(rows).toBe(10);
    const long = await attempt(login, 'x'.repeat(300));
    // a sign-in that is not checked leaves no row
    expect(long.rows).toStrictEqual([]);
  });

  test('a successful sign-in leaves no such row and needs no more statements', async () => {
    const { rows, sent } = await attempt(await family(), PASSWORD);
    expect(rows).toStrictEqual([]);
    // attempts, credentials, attempts given back, visit
    expect(sent).toBe(4);
  });
});

test('a wrong password typed again in a session leaves an audit row', async () => {
  const login = await family();
  const browser = somebody();
  await signIn(browser, await browser.open('/account/sign-in'), login);
  const form = (await browser.open('/account/data')).formsEnding('/download')[0]?.form;
  assert.ok(form);
  const { rows } = await audited(
    async () => await browser.send(form.action, { form: form.filled({ password: 'wrong' }) }),
  );
  const account = (await accountOf(db, login)).id;
  const detail = { site: 'ACC-2C2' };
  expect(rows).toStrictEqual([
    { action: 'password.not_proved', subject: account, actor: account, detail },
  ]);
});
