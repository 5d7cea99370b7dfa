import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { lockParties, type Parties } from '../../src/binding/gather-facts.ts';
import { eraseOwner } from '../../src/evidence/claims/erase-owner.store.ts';
import type { OwnerId } from '../../src/kernel/ids.ts';
import type { Tx } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { makeAccounts, makeOwner } from '../support/people.ts';
import { startServer } from '../support/server.ts';

const { db } = (await startServer()).bindery;

/**
 * Locks the parties of a new pair while `hold` holds the owner; runs `meanwhile` during the wait.
 */
async function wait(
  hold: (tx: Tx, owner: OwnerId, account: string) => Promise<unknown>,
  meanwhile: (account: string) => Promise<void> = async () => {},
): Promise<Parties> {
  const owner = await makeOwner(db);
  const [primary, sub] = (await makeAccounts(db, owner, 2)) as [never, never];
  const { waiting } = await db.transaction(async (tx) => {
    await hold(tx, owner, sub);
    const locking = db.transaction(async (other) => await lockParties(other, primary, sub));
    await isWaiting();
    await meanwhile(primary);
    return { waiting: locking };
  });
  return await waiting;
}

async function isWaiting(): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    const [row] = await db.query<{ waits: boolean }>(sql`
      select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock') as waits`);
    if (row?.waits) return;
    await pause(10);
  }
  assert.fail('nobody waits');
}

const holdOwner = async (tx: Tx, owner: OwnerId): Promise<unknown> =>
  await tx.query(sql`select from owners where id = ${owner} for update`);

test('a transaction that waits for an owner has locked no account yet', async () => {
  const { primary } = await wait(holdOwner, async (account) => {
    await db.query(sql`select from accounts where id = ${account} for update nowait`);
  });
  expect(primary.status).toBe('normal');
});

test('owners and accounts are read after the wait for their locks', async () => {
  const restricted = await wait(async (tx, owner, account) => {
    await holdOwner(tx, owner);
    await tx.query(sql`update accounts set status = 'restricted' where id = ${account}`);
  });
  expect([restricted.primary.status, restricted.sub.status]).toStrictEqual([
    'normal',
    'restricted',
  ]);

  const unverified = await wait(
    async (tx, owner) =>
      await tx.query(sql`update owners set verified_at = null where id = ${owner}`),
  );
  expect([unverified.primaryOwner?.verifiedAt, unverified.subOwner?.verifiedAt]).toStrictEqual([
    null,
    null,
  ]);

  const deleted = await wait(async (tx, owner) => await eraseOwner(tx, owner));
  expect([deleted.primaryOwner, deleted.subOwner]).toStrictEqual([null, null]);

  const gone = await wait(async (tx, owner, account) => {
    await holdOwner(tx, owner);
    await tx.query(sql`update accounts set owner_id = null where id = ${account}`);
  });
  expect([gone.primaryOwner?.id, gone.sub.ownerId, gone.subOwner]).toStrictEqual([
    gone.primary.ownerId,
    null,
    null,
  ]);
});
