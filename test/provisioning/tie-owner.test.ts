import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../src/accounts/account.ts';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { eraseOwnerStatements } from '../../src/owners/owners.store.ts';
import { createAccount } from '../../src/provisioning/create-account.ts';
import { tieOwnerByReference } from '../../src/provisioning/tie-owner.ts';
import { sql, together } from '../../src/store/sql.ts';
import { makeCustody } from '../support/custody.ts';
import { freshDatabase } from '../support/database.ts';
import { makeOwner } from '../support/people.ts';

const { db } = await freshDatabase();
const deps = { secrets: new InstallationSecret(randomBytes(32)), custody: makeCustody() };
const SCIM = { actor: 'client', origin: 'scim' } as const;

async function make(kind: Kind = 'personal', platform = 'demo'): Promise<AccountId> {
  const name = randomBytes(6).toString('hex');
  const asked = { login: name, displayName: name, avatarUrl: null, kind, passwordHash: null };
  const at = { platform, externalId: name };
  const made = await db.transaction(async (tx) => await createAccount(tx, { at, ...asked }, SCIM));
  if (!made.ok) throw new Error(made.refusal.site);
  return made.value;
}

async function tie(accountId: AccountId, reference: string, platform = 'demo') {
  const word = { accountId, platform, reference };
  return await db.transaction(async (tx) => await tieOwnerByReference(tx, deps, word, SCIM));
}

describe('the word of a platform about an owner', () => {
  test('accounts with one reference have one verified owner, and are qualified [R44]', async () => {
    const [one, two] = [await make(), await make()];
    const [first, second] = [await tie(one, 'r-1'), await tie(two, 'r-1')];
    expect(first.ok && second.ok && first.value === second.value).toBe(true);
    for (const id of [one, two])
      expect((await findAccount(db, id))?.qualification).toBe('verified');
    expect(await tie(one, 'r-1')).toStrictEqual(first);
  });

  test('two accounts with one new reference at once have one owner', async () => {
    const accounts = await Promise.all(Array.from({ length: 6 }, async () => await make()));
    const tied = await Promise.all(accounts.map(async (id) => await tie(id, 'raced')));
    expect(new Set(tied.map((each) => (each.ok ? each.value : 'refused'))).size).toBe(1);
  });

  test('one reference of two platforms is two owners', async () => {
    const first = await tie(await make(), 'r-2');
    const second = await tie(await make('personal', 'other'), 'r-2', 'other');
    expect(first.ok && second.ok && first.value !== second.value).toBe(true);
  });

  test('the reference itself is stored nowhere', async () => {
    const reference = `secret-${randomBytes(8).toString('hex')}`;
    await tie(await make(), reference);
    const rows = await db.query(sql`
      select 1 from owner_references where position(convert_to(${reference}, 'UTF8') in reference) > 0`);
    const audited = await db.query(
      sql`select 1 from audit_log where detail::text like ${`%${reference}%`}`,
    );
    expect([rows.length, audited.length]).toStrictEqual([0, 0]);
  });

  test('an account that is proven to be somebody else’s stays theirs', async () => {
    await tie(await make(), 'r-3');
    const account = await make();
    const owner = await makeOwner(db);
    await db.query(sql`update accounts set owner_id = ${owner} where id = ${account}`);
    const refused = await tie(account, 'r-3');
    expect(refused.ok ? '' : refused.refusal.code).toBe('owner_differs');
    expect((await findAccount(db, account))?.ownerId).toBe(owner);
  });

  test('a second reference for an account’s owner is refused, and not kept [R1]', async () => {
    const account = await make();
    const owner = await tie(account, 'r-8');
    const refused = await tie(account, 'r-8-another');
    expect(refused.ok ? '' : refused.refusal.code).toBe('owner_differs');
    const other = await tie(await make(), 'r-8-another');
    expect(owner.ok && other.ok && owner.value !== other.value).toBe(true);
    // Another platform has its own name for the same person.
    await db.query(sql`update accounts set platform = 'other' where id = ${account}`);
    expect(await tie(account, 'r-8-there', 'other')).toStrictEqual(owner);
  });

  test('two new references for one account at once: one is kept [R1]', async () => {
    const account = await make();
    const owner = await makeOwner(db);
    await db.query(sql`update accounts set owner_id = ${owner} where id = ${account}`);
    const names = Array.from({ length: 6 }, (_, at) => `r-7-${at}`);
    const tied = await Promise.all(names.map(async (name) => await tie(account, name)));
    expect(tied.filter(({ ok }) => ok).length).toBe(1);
  });

  test('the first reference for a proven owner means that owner', async () => {
    const account = await make();
    const owner = await makeOwner(db);
    await db.query(sql`update accounts set owner_id = ${owner} where id = ${account}`);
    expect(await tie(account, 'r-4')).toMatchObject({ ok: true, value: owner });
    expect(await tie(await make(), 'r-4')).toMatchObject({ ok: true, value: owner });
  });

  test('a person owns no enterprise account', async () => {
    await tie(await make('personal'), 'r-5');
    const refused = await tie(await make('enterprise'), 'r-5');
    expect(refused.ok ? '' : refused.refusal.code).toBe('owner_kind_differs');
    expect((await tie(await make('special_industry'), 'r-5')).ok).toBe(true);
  });

  test.each([
    ['empty', ''],
    ['256 characters', 'x'.repeat(256)],
    ['half a character', '\ud800'],
  ])('a reference that is %s is refused', async (_, reference) => {
    const refused = await tie(await make(), reference);
    expect(refused.ok ? '' : refused.refusal.code).toBe('invalid_reference');
  });

  test('what a platform called an owner goes when the owner is deleted', async () => {
    const tied = await tie(await make(), 'r-6');
    if (!tied.ok) throw new Error(tied.refusal.site);
    await db.query(sql`update accounts set owner_id = null where owner_id = ${tied.value}`);
    await db.query(together(eraseOwnerStatements(tied.value)));
    const again = await tie(await make(), 'r-6');
    expect(again.ok && again.value !== tied.value).toBe(true);
  });
});
