import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { hash as hashBcrypt } from '@node-rs/bcrypt';
import { replacePasswordHash } from '../../src/accounts/accounts.store.ts';
import { renewPasswordHash } from '../../src/accounts/renew-password-hash.ts';
import { signIn } from '../../src/accounts/sign-in.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { sql } from '../../src/store/sql.ts';
import { makePerson, PASSWORD, refusedAs } from '../fixtures/accounts.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();
const limiter = (name: string) => ({ name, attempts: 1000, seconds: 60 });
const deps = {
  db,
  secrets: new InstallationSecret(randomBytes(32)),
  limits: {
    signIn: {
      pair: limiter('pair'),
      login: limiter('login'),
      address: limiter('address'),
      challenges: limiter('challenges'),
    },
  },
};
const bcrypt = await hashBcrypt(PASSWORD, 4);

async function makeImported(stored = bcrypt) {
  const person = await makePerson(db);
  await db.query(sql`update accounts set password_hash = ${stored} where id = ${person.id}`);
  return person;
}

async function hashOf(id: string): Promise<string> {
  const [row] = await db.query<{ password_hash: string }>(
    sql`select password_hash from accounts where id = ${id}`,
  );
  return row?.password_hash ?? '';
}

const renewals = async (id: string) =>
  await db.query(
    sql`select actor from audit_log where subject = ${id} and action = 'account.password_hash_renewed'`,
  );

const attempt = async (login: string, password = PASSWORD) =>
  refusedAs(await signIn(deps, { login, password, address: '192.0.2.1' }));

async function took(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

describe('an account whose password another system hashed', () => {
  test('the next right sign-in hashes it anew, a wrong one does not', async () => {
    const { id, login } = await makeImported();
    expect(await attempt(login, 'a wrong password')).toBe('wrong_credentials');
    expect(await hashOf(id)).toBe(bcrypt);
    expect(await attempt(login)).toBe('ok');
    expect(await hashOf(id)).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await renewals(id)).toStrictEqual([{ actor: id }]);
    expect(await attempt(login)).toBe('ok');
    expect((await renewals(id)).length).toBe(1);
  });

  test('two sign-ins at once renew it once, and both are let in', async () => {
    const { id, login } = await makeImported();
    expect(await Promise.all([attempt(login), attempt(login)])).toStrictEqual(['ok', 'ok']);
    expect((await renewals(id)).length).toBe(1);
  });

  test('a password that changed meanwhile is kept', async () => {
    const person = await makeImported();
    const to = await hashBcrypt('the new password', 4);
    await db.transaction((tx) => replacePasswordHash(tx, person.id, { from: bcrypt, to }));
    await renewPasswordHash(db, person, { stored: bcrypt, password: PASSWORD });
    expect([await hashOf(person.id), await renewals(person.id)]).toStrictEqual([to, []]);
  });

  test('it signs in where its platform is listed, and the first with the login counts', async () => {
    const { id, login } = await makeImported();
    await db.query(
      sql`update accounts set platform = 'our-app', external_id = id where id = ${id}`,
    );
    const at = async (...passwordPlatforms: string[]) => {
      const attempt = { login, password: PASSWORD, address: '192.0.2.1' };
      const signedIn = await signIn({ ...deps, passwordPlatforms }, attempt);
      return signedIn.ok ? signedIn.value.id : signedIn.refusal.code;
    };
    expect(await attempt(login)).toBe('wrong_credentials');
    expect(await at('local', 'our-app')).toBe(id);
    const own = await makeImported();
    await db.query(sql`update accounts set login = ${login} where id = ${own.id}`);
    expect([await at('local', 'our-app'), await at('our-app', 'local')]).toStrictEqual([
      own.id,
      id,
    ]);
  });

  test('while such hashes are left, every refusal leaves at a whole second', async () => {
    await db.query(sql`update accounts set password_hash = null`);
    const own = await makePerson(db);
    const closed = await makePerson(db);
    await db.query(sql`update accounts set status = 'closed' where id = ${closed.id}`);
    expect(await took(() => attempt('nobody-here', 'wrong'))).toBeLessThan(800);
    const { login } = await makeImported(await hashBcrypt(PASSWORD, 10));
    for (const [who, password] of [
      [login, 'wrong'],
      [own.login, 'wrong'],
      [closed.login, PASSWORD],
      ['nobody-here', 'wrong'],
    ] as const) {
      const seconds = (await took(() => attempt(who, password))) / 1000;
      // A timer may be a little early.
      expect([
        who,
        Math.round(seconds) >= 1,
        seconds % 1 < 0.5 || seconds % 1 > 0.99,
      ]).toStrictEqual([who, true, true]);
    }
    expect(await took(() => attempt(own.login))).toBeLessThan(800);
  });

  test('a refused sign-in verifies one hash, whatever the account has', async () => {
    await db.query(sql`update accounts set password_hash = null`);
    const own = await makePerson(db);
    const none = await makeImported('x');
    const cpu = async (login: string): Promise<number> => {
      const from = process.cpuUsage();
      for (let round = 0; round < 8; round += 1) await attempt(login, 'wrong');
      const { user, system } = process.cpuUsage(from);
      return (user + system) / 8000;
    };
    await cpu(own.login);
    const [ours, ...others] = [
      await cpu(own.login),
      await cpu(none.login),
      await cpu('nobody-here'),
    ] as const;
    for (const other of others) {
      expect(other).toBeGreaterThan(0.5 * ours);
      expect(other).toBeLessThan(1.7 * ours);
    }
  });
});
