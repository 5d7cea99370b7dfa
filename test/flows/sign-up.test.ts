import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askForCode as ask,
  finishWith as finish,
  freshLogin as fresh,
  mailFor,
  OWN_PASSWORD as PASSWORD,
  signUpAt,
} from '../fixtures/own-accounts.ts';
import { type Answer, HttpBrowser } from '../support/http-browser.ts';
import { signIn } from '../support/journeys.ts';
import { codeAt, mailOf } from '../support/mailbox.ts';
import { startServer } from '../support/server.ts';

const server = await startServer({ env: { SIGN_UP: 'on' }, readLog: true });
const { issuer, bindery } = server;
const { db } = bindery;
// All people of this file have one network address.
beforeEach(async () => void (await db.query(sql`delete from rate_limits`)));
const A_SECOND = 1_001;

const signUp = async (login: string, contact?: string) => await signUpAt(server, login, contact);

const canSignIn = async (login: string, password: string): Promise<boolean> => {
  const browser = new HttpBrowser(issuer);
  const page = await signIn(browser, await browser.open('/account/security'), login, password);
  return !page.hasForm('login');
};

/** What a page says, without what differs in every answer. */
const saidBy = ({ status, url, html }: Answer) => [
  status,
  url.pathname,
  html
    .replace(/(name="csrf" value=|name="device_nonce" value=)"[^"]*"/g, '$1')
    .replace(/p[0-9a-f]{10}/g, 'L'),
];

describe('an account of Bindery’s own', () => {
  test.each([
    ['mail address', mailFor(fresh()), (typed: string) => typed],
    [
      'telephone',
      `139${String(randomBytes(4).readUInt32BE()).padStart(8, '0').slice(0, 8)}`,
      (typed: string) => `+86${typed}`,
    ],
  ])('a person makes one with a %s, and signs in with it', async (_what, typed, stored) => {
    const [login, browser] = [fresh(), new HttpBrowser(issuer)];
    await ask(browser, 'sign-up', typed);
    const code = await codeAt(server, stored(typed));
    await finish(browser, 'sign-up', { code, login, name: '新人', password: PASSWORD });
    expect(await canSignIn(login.toUpperCase(), PASSWORD)).toBe(true);
    const audit = await db.query(sql`
      select action, actor, detail from audit_log where subject = (select id from accounts where login = ${login})`);
    expect(audit).toStrictEqual([
      {
        action: 'account.created',
        actor: 'system',
        detail: { kind: 'personal', origin: 'sign_up', platform: null },
      },
    ]);
  });

  test('the person sees that the address is kept, and gets it with the export', async () => {
    const login = fresh();
    const browser = await signUp(login);
    const page = await browser.open('/account/data');
    expect(page.text).toContain('Addresses that get messages');
    expect(page.source).not.toContain(mailFor(login));
    const form = page.form('password');
    const { html } = await browser.send(form.action, { form: form.filled({ password: PASSWORD }) });
    expect(JSON.parse(html).contacts).toMatchObject([{ kind: 'mail', address: mailFor(login) }]);
  });

  test('it is off by default: no page, no link', async () => {
    const plain = await startServer();
    for (const path of ['/account/sign-up', '/account/recover'])
      expect((await new HttpBrowser(plain.issuer).go(path)).status).toBe(404);
    expect((await new HttpBrowser(plain.issuer).open('/account/sign-in')).has('sign-up')).toBe(
      false,
    );
    expect((await new HttpBrowser(issuer).open('/account/sign-in')).has('sign-up')).toBe(true);
  });

  test('a code counts in the browser that asked, once, and five tries long', async () => {
    const [login, browser, other] = [fresh(), new HttpBrowser(issuer), new HttpBrowser(issuer)];
    const contact = mailFor(login);
    const typed = { login, name: 'A', password: PASSWORD };
    await ask(browser, 'sign-up', contact);
    const code = await codeAt(server, contact);
    await ask(other, 'sign-up', mailFor(fresh()));
    expect((await finish(other, 'sign-up', { ...typed, code })).status).toBe(422);
    const wrong = code === '00000000' ? '11111111' : '00000000';
    for (let at = 0; at < 5; at += 1)
      expect((await finish(browser, 'sign-up', { ...typed, code: wrong })).status).toBe(422);
    expect((await finish(browser, 'sign-up', { ...typed, code })).status).toBe(422);
  });

  test('a code is over after ten minutes', async () => {
    const [login, browser] = [fresh(), new HttpBrowser(issuer)];
    await ask(browser, 'sign-up', mailFor(login));
    const code = await codeAt(server, mailFor(login));
    const form = (await browser.open('/account/sign-up/finish')).form('code');
    await advanceClock(db, 'PT11M');
    const typed = { code, login, name: 'A', password: PASSWORD };
    expect((await browser.go(form.action, { form: form.filled(typed) })).status).toBe(422);
  });

  test('two browsers that confirm one address at once get one account', async () => {
    const contact = mailFor(fresh());
    const both = [new HttpBrowser(issuer), new HttpBrowser(issuer)];
    const forms = [];
    for (const browser of both) {
      await ask(browser, 'sign-up', contact);
      const code = await codeAt(server, contact);
      const form = (await browser.open('/account/sign-up/finish')).form('code');
      forms.push({ browser, form, typed: { code, login: fresh(), name: 'A', password: PASSWORD } });
    }
    const answers = await Promise.all(
      forms.map(
        async ({ browser, form, typed }) =>
          (await browser.go(form.action, { form: form.filled(typed) })).status,
      ),
    );
    expect(answers.sort()).toStrictEqual([200, 422]);
  });

  test('a form that is sent twice at once makes one account', async () => {
    const [login, browser] = [fresh(), new HttpBrowser(issuer)];
    await ask(browser, 'sign-up', mailFor(login));
    const code = await codeAt(server, mailFor(login));
    const form = (await browser.open('/account/sign-up/finish')).form('code');
    const typed = { code, login, name: 'A', password: PASSWORD };
    const send = async () => (await browser.send(form.action, { form: form.filled(typed) })).status;
    expect((await Promise.all([send(), send()])).filter((status) => status === 303).length).toBe(1);
  });

  // biome-ignore format: a table is read by its columns
  test.each([
    ['a login with a space',       { login: 'a b' },                                 422],
    ['a login that turns the text', { login: 'a\u202eb' },                           422],
    ['a name of 10 KB',            { name: 'x'.repeat(7_000) },                      422],
    ['a password that is short',   { password: 'short' },                            422],
    ['a login that is taken',      { login: 'linxiao' },                             409],
  ])('%s is refused, and the code is still good', async (_what, wrong, status) => {
    const [login, browser] = [fresh(), new HttpBrowser(issuer)];
    await ask(browser, 'sign-up', mailFor(login));
    const code = await codeAt(server, mailFor(login));
    const right = { code, login, name: 'A', password: PASSWORD };
    expect((await finish(browser, 'sign-up', { ...right, ...wrong })).status).toBe(status);
    expect((await finish(browser, 'sign-up', right)).page.has('signed-in')).toBe(true);
  });

  // biome-ignore format: a table is read by its columns
  test.each(['', 'no address', 'a@b', 'a@@b.example', '123', '+0123456789', 'a@b.example, c@d.example', 'a\r\nBcc: c@d.example'])(
    '%j is no address, and gets nothing', async (contact) => {
      expect((await ask(new HttpBrowser(issuer), 'sign-up', contact)).status).toBe(422);
    });
});

describe('what tells whether an account exists', () => {
  test('signing up with a known address looks the same, and its owner is told', async () => {
    const login = fresh();
    await signUp(login);
    const known = await ask(new HttpBrowser(issuer), 'sign-up', mailFor(login));
    const unknown = await ask(new HttpBrowser(issuer), 'sign-up', mailFor(fresh()));
    expect(saidBy(known)).toStrictEqual(saidBy(unknown));
    const [told] = await mailOf(server, mailFor(login));
    expect(told?.text).toContain(`belongs to the account “${login}”`);
    expect(told?.text).not.toMatch(/\d{8}/);
  });

  test('recovery looks the same for an unknown address, which gets no message', async () => {
    const [login, nobody] = [fresh(), mailFor(fresh())];
    await signUp(login);
    const browser = new HttpBrowser(issuer);
    const unknown = await ask(browser, 'recover', nobody);
    expect(saidBy(await ask(new HttpBrowser(issuer), 'recover', mailFor(login)))).toStrictEqual(
      saidBy(unknown),
    );
    expect(await mailOf(server, nobody)).toStrictEqual([]);
    const typed = { code: '12345678', next: PASSWORD };
    expect((await finish(browser, 'recover', typed)).status).toBe(422);
  });

  test('the same statements run for a known and an unknown address', async () => {
    const login = fresh();
    await signUp(login);
    const ran = async (contact: string): Promise<string[]> => {
      const query = db.query.bind(db);
      const names: string[] = [];
      db.query = (async (statement: { name: string }) => {
        names.push(statement.name);
        return await query(statement as never);
      }) as never;
      try {
        await ask(new HttpBrowser(issuer), 'recover', contact);
      } finally {
        db.query = query;
      }
      return names;
    };
    const known = await ran(mailFor(login));
    expect(known.length).toBeGreaterThan(2);
    expect(await ran(mailFor(fresh()))).toStrictEqual(known);
  });

  test('an address gets five messages an hour, known or not', async () => {
    const contact = mailFor(fresh());
    for (let at = 0; at < 5; at += 1)
      expect((await ask(new HttpBrowser(issuer), 'recover', contact)).status).toBe(200);
    expect((await ask(new HttpBrowser(issuer), 'recover', contact)).status).toBe(429);
    expect((await ask(new HttpBrowser(issuer), 'sign-up', contact.toUpperCase())).status).toBe(429);
  });
});

describe('a forgotten password', () => {
  test('a code sets a new one, ends all sessions, and tells the address', async () => {
    const login = fresh();
    const session = await signUp(login);
    await sleep(A_SECOND);
    const browser = new HttpBrowser(issuer);
    await ask(browser, 'recover', mailFor(login));
    const code = await codeAt(server, mailFor(login));
    const next = 'another five words here';
    const token = await browser.cookie('bindery_recover', '/account');
    expect((await finish(browser, 'recover', { code, next })).page.text).toContain(
      'All devices are signed out',
    );
    expect((await session.open('/account')).hasForm('login')).toBe(true);
    await sleep(A_SECOND);
    expect([await canSignIn(login, next), await canSignIn(login, PASSWORD)]).toStrictEqual([
      true,
      false,
    ]);
    const [told] = await mailOf(server, mailFor(login));
    expect(told?.subject).toBe('Bindery: your password was changed');
    await browser.jar.setCookie(`bindery_recover=${token}; Path=/account`, issuer);
    expect((await finish(browser, 'recover', { code, next })).status).toBe(422); // once only
  });

  test('a frozen account gets no code, and one that is frozen meanwhile no password', async () => {
    const login = fresh();
    await signUp(login);
    const browser = new HttpBrowser(issuer);
    await ask(browser, 'recover', mailFor(login));
    const code = await codeAt(server, mailFor(login));
    await db.query(sql`update accounts set status = 'frozen' where login = ${login}`);
    expect((await finish(browser, 'recover', { code, next: 'another five words' })).status).toBe(
      422,
    );
    const before = (await mailOf(server, mailFor(login))).length;
    await ask(new HttpBrowser(issuer), 'recover', mailFor(login));
    expect((await mailOf(server, mailFor(login))).length).toBe(before);
  });

  test('a mailbox sets no password of somebody who holds a role', async () => {
    const login = fresh();
    await signUp(login);
    const browser = new HttpBrowser(issuer);
    await ask(browser, 'recover', mailFor(login));
    const code = await codeAt(server, mailFor(login));
    await db.query(sql`update accounts set roles = '{operator}' where login = ${login}`);
    const typed = { code, next: 'another five words' };
    expect((await finish(browser, 'recover', typed)).status).toBe(422);
    const before = (await mailOf(server, mailFor(login))).length;
    const answer = await ask(new HttpBrowser(issuer), 'recover', mailFor(login));
    expect([answer.status, (await mailOf(server, mailFor(login))).length]).toStrictEqual([
      200,
      before,
    ]);
    await db.query(sql`update accounts set roles = '{}' where login = ${login}`);
  });

  test('a code of a recovery makes no account, even once its address is free', async () => {
    const [login, browser] = [fresh(), new HttpBrowser(issuer)];
    await signUp(login);
    await ask(browser, 'recover', mailFor(login));
    const code = await codeAt(server, mailFor(login));
    const token = await browser.cookie('bindery_recover', '/account');
    await db.query(sql`delete from account_contacts where true`);
    await browser.jar.setCookie(`bindery_sign_up=${token}; Path=/account`, issuer);
    const typed = { code, login: fresh(), name: 'A', password: PASSWORD };
    expect((await finish(browser, 'sign-up', typed)).status).toBe(422);
  });
});

test('addresses, codes and passwords are in no table and no log in clear', async () => {
  const login = fresh();
  await signUp(login);
  const browser = new HttpBrowser(issuer);
  await ask(browser, 'recover', mailFor(login));
  const tables = [
    'account_contacts',
    'contact_codes',
    'outgoing_messages',
    'audit_log',
    'rate_limits',
  ];
  const { rows } = await db.pool.query<{ all: string }>(
    `select string_agg(row::text, ' ') as all from (${tables.map((table) => `select ${table}::text as row from ${table}`).join(' union all ')}) as each`,
  );
  const stored = `${rows[0]?.all} ${JSON.stringify(server.logged)}`;
  const hex = (text: string) => Buffer.from(text).toString('hex');
  for (const text of [mailFor(login), hex(mailFor(login)), PASSWORD])
    expect([text, stored.includes(text)]).toStrictEqual([text, false]);
});
