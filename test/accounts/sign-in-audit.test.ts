import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sql } from '../../src/store/sql.ts';
import { Authenticator } from '../support/authenticator.ts';
import { accountOf, givePasskey } from '../support/doubtful.ts';
import { makeFamily, PASSWORD, signIn } from '../support/journeys.ts';
import { pressPasskey } from '../support/passkeys.ts';
import { startServer } from '../support/server.ts';
import { type Answer, Surfer } from '../support/surfer.ts';

const { issuer, bindery } = await startServer({ env: { TRUST_PROXY: 'true' } });
const { db, factors } = bindery;
let people = 0;
/** Each from an address of its own, so that no test spends another's attempts. */
const somebody = (): Surfer => {
  people += 1;
  return new Surfer(issuer, { 'x-forwarded-for': `198.51.100.${people}` });
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
  assert.ok(status < 500);
  const sent = db.sent - before;
  const rows = await db.query<Row>(sql`
    select action, subject, actor, detail from audit_log where seq > ${last?.seq ?? 0} order by seq`);
  return { rows, sent };
}

async function attempt(login: string, password: string, surfer = somebody()) {
  const form = (await surfer.open('/account/sign-in')).form('login');
  return await audited(
    async () => await surfer.send(form.action, { form: form.filled({ login, password }) }),
  );
}

async function attemptByPasskey(
  authenticator: Authenticator,
  more: Parameters<typeof pressPasskey>[3] = {},
) {
  const surfer = somebody();
  const page = await surfer.open('/account/sign-in');
  return await audited(async () => await pressPasskey(surfer, page, authenticator, more));
}

const family = async () => ((await makeFamily(db, 1)) as [string])[0];

describe('a sign-in that is refused leaves an audit row', () => {
  test('for a wrong password, about the account and by nobody', async () => {
    const login = await family();
    const { rows } = await attempt(login, 'a wrong password');
    const detail = { by: 'password', site: 'ACC-1F3' };
    assert.deepEqual(rows, [
      { action: 'sign-in.refused', subject: (await accountOf(db, login)).id, actor: null, detail },
    ]);
  });

  test('for a closed account, with the site that tells it from a wrong password', async () => {
    const login = await family();
    await db.query(sql`update accounts set status = 'closed' where login = ${login}`);
    const { rows } = await attempt(login, PASSWORD);
    assert.deepEqual(
      rows.map(({ detail }) => detail),
      [{ by: 'password', site: 'ACC-1F4' }],
    );
  });

  test('for a login that nobody has, in as many statements, and without what was typed', async () => {
    const typed = 'a-password-typed-as-a-login';
    const known = await attempt(await family(), 'a wrong password');
    const unknown = await attempt(typed, 'a wrong password');
    assert.equal(unknown.sent, known.sent, 'the time it takes tells nothing');
    const [row] = unknown.rows;
    assert.match(row?.subject ?? '', /^unknown:[\w-]{22}$/);
    assert.doesNotMatch(JSON.stringify(unknown.rows), new RegExp(typed));
    const [again] = (await attempt(typed, 'another')).rows;
    const [other] = (await attempt('another-login', 'another')).rows;
    assert.equal(again?.subject, row?.subject, 'attempts on one login belong together');
    assert.notEqual(other?.subject, row?.subject);
  });

  test('for a passkey that nobody enrolled', async () => {
    const stranger = new Authenticator(issuer);
    const { rows } = await attemptByPasskey(stranger);
    assert.deepEqual(
      rows.map(({ action, actor, detail }) => ({ action, actor, detail })),
      [{ action: 'sign-in.refused', actor: null, detail: { by: 'passkey', site: 'ACC-6K3' } }],
    );
    assert.match(rows[0]?.subject ?? '', /^unknown:/);
  });

  test('for a passkey that signs wrongly, about its account', async () => {
    const login = await family();
    const { rows } = await attemptByPasskey(await givePasskey(factors, login), { forged: true });
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['factor.not_proved', 'sign-in.refused'],
    );
    assert.deepEqual([rows[1]?.subject, rows[1]?.actor], [(await accountOf(db, login)).id, null]);
  });

  test('and no more rows than the budget has attempts', async () => {
    const login = await family();
    const surfer = somebody();
    let rows = 0;
    for (let turn = 0; turn < 13; turn += 1)
      rows += (await attempt(login, `wrong ${turn}`, surfer)).rows.length;
    assert.equal(rows, 10);
    const long = await attempt(login, 'x'.repeat(300));
    assert.deepEqual(long.rows, [], 'what is not looked at leaves none');
  });

  test('and one that succeeds leaves none, and sends no statement more', async () => {
    const { rows, sent } = await attempt(await family(), PASSWORD);
    assert.deepEqual(rows, []);
    assert.equal(sent, 4, 'attempts, credentials, attempts given back, visit');
  });
});

test('a wrong password leaves an audit row where a session is asked for it again', async () => {
  const login = await family();
  const surfer = somebody();
  await signIn(surfer, await surfer.open('/account/sign-in'), login);
  const form = (await surfer.open('/account/data')).formsEnding('/download')[0]?.form;
  assert.ok(form);
  const { rows } = await audited(
    async () => await surfer.send(form.action, { form: form.filled({ password: 'wrong' }) }),
  );
  const account = (await accountOf(db, login)).id;
  const detail = { site: 'ACC-2C2' };
  assert.deepEqual(rows, [
    { action: 'password.not_proved', subject: account, actor: account, detail },
  ]);
});
