import { expect, test } from '@jest/globals';
import { takeChallenge } from '../../src/accounts/ceremonies.store.ts';
import { lockRequest } from '../../src/binding/requests.store.ts';
import type { AccountId, BindingRequestId } from '../../src/kernel/ids.ts';
import { advanceClock, readClock } from '../../src/store/clock.store.ts';
import type { Tx } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { sourceStatements } from '../support/source-statements.ts';

const { db } = await freshDatabase();
const account = 'acc_waits' as AccountId;
const request = 'brq_waits' as BindingRequestId;
const challenge = Buffer.from('challenge');
await db.query(sql`
  insert into accounts (id, login, password_hash, display_name, kind)
  values (${account}, 'waits', 'x', 'Waits', 'personal')`);
await db.query(sql`
  insert into binding_requests (id, state, client_id, channel, role, pack, pack_version, details,
                                audience, sector, expires_at)
  values (${request}, 'created', 'app', 'browser', 'primary', 'douyin', 1, '{}',
          'a', 's', bindery_now() + interval '1 hour')`);

/** Runs `work` while another transaction locks its row; moves the clock before it commits. */
async function afterWaiting<T>(
  change: (tx: Tx) => Promise<unknown>,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  let waiting: Promise<T> | undefined;
  await db.transaction(async (holder) => {
    await change(holder);
    waiting = db.transaction(work);
    await someoneWaits();
    await advanceClock(db, 'PT1H');
  });
  return await (waiting as Promise<T>);
}

async function someoneWaits(): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    const rows = await db.query(sql`
      select 1 from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`);
    if (rows.length > 0) return;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error('nobody waits for the lock');
}

test('a request that was locked after a wait has the time after the wait', async () => {
  const before = await readClock(db);
  const { now } = await afterWaiting(
    async (tx) =>
      await tx.query(
        sql`update binding_requests set wrong_codes = wrong_codes + 1 where id = ${request}`,
      ),
    async (tx) => await lockRequest(tx, request),
  );
  expect([
    `${before} and then ${now}`,
    now.getTime() - before.getTime() >= 3_600_000,
  ]).toStrictEqual([`${before} and then ${now}`, true]);
});

test('a challenge that expires during a wait for a lock is refused', async () => {
  await db.query(sql`
    insert into passkey_challenges (account_id, purpose, challenge, expires_at)
    values (${account}, 'prove', ${challenge}, bindery_now() + interval '5 minutes')`);
  const taken = await afterWaiting(
    async (tx) =>
      await tx.query(
        sql`update passkey_challenges set challenge = challenge where account_id = ${account}`,
      ),
    async (tx) => await takeChallenge(tx, { account, purpose: 'prove', challenge }),
  );
  expect(taken).toBe(false);
});

test('a statement that can wait for a lock reads the wall clock', () => {
  const wrong = sourceStatements().filter(({ text }) => {
    if (!text.includes('bindery_now()')) return false;
    if (/for update(?! skip locked)/.test(text)) return true;
    // What is picked by `array(select … for update skip locked)` does not wait.
    const outer = text.replace(/array\(\s*select[\s\S]*?skip locked\s*\)/g, '');
    return /^\s*(update|delete)/.test(outer) && /where[\s\S]*[<>]=? bindery_now\(\)/.test(outer);
  });
  expect(wrong.map(({ where }) => where)).toStrictEqual([]);
});
