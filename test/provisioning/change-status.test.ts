import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { AccountStatus } from '../../src/accounts/account.ts';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { findBinding, insertBinding } from '../../src/binding/bindings.store.ts';
import { suspendBinding } from '../../src/binding/suspend-binding.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { type AccountId, newId } from '../../src/kernel/ids.ts';
import { changeProfile } from '../../src/provisioning/change-profile.ts';
import { changeStatus } from '../../src/provisioning/change-status.ts';
import { createAccount } from '../../src/provisioning/create-account.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

const { db } = await freshDatabase();
const BY = { actor: 'platform-client', origin: 'scim' } as const;

async function makeBound() {
  const owner = await makeOwner(db);
  const [primaryId, subId] = [await makeAccount(db, owner), await makeAccount(db, owner)];
  const id = newId('bnd');
  const binding = {
    id,
    primaryId,
    subId,
    primaryOwnerId: owner,
    subOwnerId: owner,
    pack: 'douyin',
    packVersion: 1,
    platform: 'local',
    kind: 'personal',
    sameOwnerMethod: 'identity_document',
  } as const;
  await db.transaction((tx) => insertBinding(tx, binding, { since: new Date(), reached: null }));
  return { id, primaryId, subId };
}

async function set(account: AccountId, status: AccountStatus) {
  const changed = await db.transaction((tx) => changeStatus(tx, account, status, BY));
  assert.ok(changed.ok);
  return changed.value.changed;
}

async function stateOf(id: string) {
  const row = await findBinding(db, id);
  return [row?.state, ...(row?.suspended_by ?? [])].join(' ');
}

describe('the status that a platform gives to an account', () => {
  test('a frozen account suspends its bindings until it is reopened [R47]', async () => {
    const { id, primaryId, subId } = await makeBound();
    expect(await set(subId, 'frozen')).toBe(true);
    expect(await set(subId, 'frozen')).toBe(false);
    expect(await stateOf(id)).toBe('suspended platform');
    expect(await set(subId, 'normal')).toBe(true);
    expect(await stateOf(id)).toBe('active');
    const reasons = async (account: AccountId) =>
      (await findNotices(db, account)).map(({ what, reason }) => `${what} ${reason}`);
    expect(await reasons(subId)).toStrictEqual([
      'binding.resumed platform_reopened',
      'binding.suspended platform_frozen',
    ]);
    expect(await reasons(primaryId)).toStrictEqual([
      'binding.resumed platform_of_the_other_side',
      'binding.suspended platform_of_the_other_side',
    ]);
    const events = await db.query<{ type: string }>(
      sql`select type from events where stream = ${id} order by seq`,
    );
    expect(events.map(({ type }) => type)).toStrictEqual([
      'urn:bindery:event:binding-suspended',
      'urn:bindery:event:binding-resumed',
    ]);
  });

  test('a binding acts again only when neither account is frozen', async () => {
    const { id, primaryId, subId } = await makeBound();
    await suspendBinding({ db }, { bindingId: id, by: primaryId });
    await set(subId, 'frozen');
    await set(primaryId, 'frozen');
    await set(subId, 'restricted');
    expect(await stateOf(id)).toBe('suspended primary platform');
    await set(primaryId, 'normal');
    expect(await stateOf(id)).toBe('suspended primary');
  });

  test('a closed account ends its bindings, and reopening brings none back', async () => {
    const { id, primaryId } = await makeBound();
    await set(primaryId, 'closed');
    expect(await stateOf(id)).toBe('history');
    await set(primaryId, 'normal');
    expect(await stateOf(id)).toBe('history');
    expect((await findAccount(db, primaryId))?.status).toBe('normal');
  });

  test('freezing ends the sessions and tokens from before', async () => {
    const account = await makeAccount(db, null);
    expect((await findAccount(db, account))?.signedOutAt).toBe(null);
    await set(account, 'restricted');
    expect((await findAccount(db, account))?.signedOutAt).toBe(null);
    await set(account, 'frozen');
    const at = (await findAccount(db, account))?.signedOutAt;
    expect(Math.abs((at ?? 0) - Date.now() / 1000)).toBeLessThan(60);
  });

  test('an account that does not exist is refused', async () => {
    const changed = await db.transaction((tx) => changeStatus(tx, newId('acc'), 'frozen', BY));
    expect(changed.ok ? '' : changed.refusal.code).toBe('unknown_account');
  });
});

describe('accounts of a platform', () => {
  const asked = (externalId: string, login: string, platform = 'demo') => ({
    at: { platform, externalId },
    login,
    displayName: '云',
    avatarUrl: null,
    kind: 'personal' as const,
    passwordHash: null,
  });
  const create = async (account: ReturnType<typeof asked>) =>
    await db.transaction((tx) => createAccount(tx, account, BY));

  test('external id and login are unique in their platform only [R45]', async () => {
    assert.ok((await create(asked('1', 'yun'))).ok);
    const code = async (account: ReturnType<typeof asked>) => {
      const created = await create(account);
      return created.ok ? 'ok' : created.refusal.code;
    };
    expect(await code(asked('1', 'other'))).toBe('external_id_taken');
    expect(await code(asked('2', 'YUN'))).toBe('login_taken');
    expect(await code(asked('1', 'yun', 'another'))).toBe('ok');
    expect(await code(asked('3', 'x\u202ey'))).toBe('invalid_field');
  });

  test('of many that create one account at once, one does [R45]', async () => {
    const created = await Promise.all(
      Array.from({ length: 20 }, (_, at) => create(asked('raced', `raced-${at}`))),
    );
    expect(created.filter(({ ok }) => ok).length).toBe(1);
  });

  test('a change raises the version, and nothing changed does not', async () => {
    const created = await create(asked('v', 'versioned'));
    assert.ok(created.ok);
    const change = async (changes: Parameters<typeof changeProfile>[2]) => {
      const changed = await db.transaction((tx) => changeProfile(tx, created.value, changes, BY));
      return changed.ok ? changed.value.changed : changed.refusal.code;
    };
    expect(await change({ displayName: '云' })).toBe(false);
    expect(await change({ displayName: '云朵' })).toBe(true);
    expect(await change({ login: 'yun' })).toBe('login_taken');
    expect(await change({ kind: 'enterprise' })).toBe(true);
    const [row] = await db.query<{ version: number }>(
      sql`select version from accounts where id = ${created.value}`,
    );
    expect(row?.version).toBe(3);
  });

  test('the kind of a bound account stays', async () => {
    const { subId } = await makeBound();
    const changed = await db.transaction((tx) =>
      changeProfile(tx, subId, { kind: 'enterprise' }, BY),
    );
    expect(changed.ok ? '' : changed.refusal.code).toBe('kind_in_use');
  });
});
