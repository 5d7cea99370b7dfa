import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { learn } from '../../src/risk/habit.ts';
import type { Habit } from '../../src/risk/observation.ts';
import {
  noteAttempt,
  notePayments,
  noteVisit,
  rotateSignals,
} from '../../src/risk/signals.store.ts';
import { readClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { hashed, makePerson, newRequest, type Person, seen, signalsAt, visits } from './world.ts';

const { db } = await freshDatabase();

/** Sets the business clock for one statement. */
async function at<T>(moment: Date, work: () => Promise<T>): Promise<T> {
  await db.query(sql`update clock_offset set ahead = ${moment}::timestamptz - clock_timestamp()`);
  try {
    return await work();
  } finally {
    await db.query(sql`update clock_offset set ahead = interval '0'`);
  }
}

async function attempt(
  person: Person,
  from: ReturnType<typeof seen>,
  { risk = false }: { readonly risk?: boolean } = {},
): Promise<void> {
  const side = { owner: person.owner, seen: from };
  await db.transaction(async (tx) => {
    const sides = {
      initiator: { account: person.primary, ...side },
      counterparty: { account: person.sub, ...side },
    };
    await noteAttempt(tx, newRequest(), { ...sides, verdict: risk ? 'deny' : 'allow', risk });
  });
}

describe('recording visits', () => {
  test('ten thousand visits in a minute make one row and count as one hour [R21]', async () => {
    const person = await makePerson(db);
    const phone = seen('phone of the flood', 'home of the flood');
    await noteVisit(db, person.primary, phone);
    const [before] = await db.query<Habit>(
      sql`select hours, gaps from account_habits where account_id = ${person.primary}`,
    );
    const moment = new Date();
    await at(moment, async () => {
      for (let done = 0; done < 10_000; done += 50)
        await Promise.all(Array.from({ length: 50 }, () => noteVisit(db, person.primary, phone)));
    });
    const rows = await db.query<{ visits: number }>(
      sql`select visits from signals where account_id = ${person.primary}`,
    );
    expect(rows).toStrictEqual([{ visits: 10_001 }]);
    const [after] = await db.query<Habit>(
      sql`select hours, gaps from account_habits where account_id = ${person.primary}`,
    );
    // at most one new hour began during the test
    expect((after?.gaps ?? 9) - (before?.gaps ?? 0)).toBeLessThanOrEqual(1);
  });

  test('an account with ever new devices is recorded 64 times a month at most', async () => {
    const person = await makePerson(db);
    for (let device = 0; device < 80; device += 1)
      await noteVisit(db, person.primary, seen(`device ${device}`, 'home of the many'));
    const [row] = await db.query<{ count: number }>(
      sql`select count(*)::int as count from signals where account_id = ${person.primary}`,
    );
    expect(row?.count).toBe(64);
    await noteVisit(db, person.primary, seen('device 3', 'home of the many'));
    const [known] = await db.query<{ visits: number }>(
      sql`select max(visits) as visits from signals where account_id = ${person.primary}`,
    );
    // a device that is recorded already still counts
    expect(known?.visits).toBe(2);
  });

  test('a clock that goes back makes nothing younger and adds no hours', async () => {
    const person = await makePerson(db);
    const phone = seen('phone of the clock', 'home of the clock');
    await at(
      new Date('2026-11-20T10:00:00Z'),
      async () => await noteVisit(db, person.primary, phone),
    );
    await at(
      new Date('2026-11-20T12:00:00Z'),
      async () => await noteVisit(db, person.primary, phone),
    );
    await at(
      new Date('2026-11-20T09:00:00Z'),
      async () => await noteVisit(db, person.primary, phone),
    );
    await at(
      new Date('2024-01-01T09:00:00Z'),
      async () => await noteVisit(db, person.primary, phone),
    );
    const [row] = await db.query<{ last_at: Date; visits: number }>(sql`
      select last_at, visits from signals where account_id = ${person.primary} order by last_at desc`);
    expect([row?.last_at.toISOString().slice(0, 16), row?.visits]).toStrictEqual([
      '2026-11-20T12:00',
      3,
    ]);
    const [habit] = await db.query<{ gaps: number }>(
      sql`select gaps from account_habits where account_id = ${person.primary}`,
    );
    expect(habit?.gaps).toBe(1);
  });

  test('the database computes the same history as the pure function [R21]', async () => {
    const start = Date.UTC(2026, 9, 1);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -40 * 3600, max: 200 * 3600 }), { minLength: 1, maxLength: 12 }),
        async (steps) => {
          const person = await makePerson(db);
          let expected: Habit | undefined;
          let moment = start;
          for (const step of steps) {
            moment += step * 1000;
            await at(new Date(moment), async () => {
              await noteVisit(db, person.primary, seen('phone', 'home'));
            });
            expected = learn(expected, new Date(moment));
          }
          const [row] = await db.query<{
            hours: number[];
            gaps: number;
            gap_mean: number;
            gap_m2: number;
          }>(sql`
          select * from account_habits where account_id = ${person.primary}`);
          assert.ok(row && expected);
          expect(row.gaps).toBe(expected.gaps);
          assert.ok(
            Math.abs(row.gap_mean - expected.gapMean) <= 1e-6 * (1 + expected.gapMean),
            `${row.gap_mean} ${expected.gapMean}`,
          );
          assert.ok(
            Math.abs(row.gap_m2 - expected.gapM2) <= 1e-6 * (1 + expected.gapM2),
            `${row.gap_m2} ${expected.gapM2}`,
          );
          for (const [hour, weight] of expected.hours.entries())
            assert.ok(Math.abs((row.hours[hour] ?? -1) - weight) < 1e-5, `hour ${hour}`);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a visit needs one statement', async () => {
    const person = await makePerson(db);
    const count = { statements: 0 };
    await db.counting(
      count,
      async () => await noteVisit(db, person.primary, seen('phone', 'home of the count')),
    );
    expect(count.statements).toBe(1);
  });

  test('tables hold keyed hashes, and no address, network or device in clear', async () => {
    const person = await makePerson(db);
    await noteVisit(
      db,
      person.primary,
      seen('phone', 'home', { network: '203.0.113.0/24', label: 'Chrome · Android' }),
    );
    for (const table of ['signals', 'binding_attempts', 'payments', 'account_habits']) {
      const { rows } = await db.pool.query(`select t::text as row from ${table} t`);
      expect([table, rows.every(({ row }) => !/203\.0\.113|Android/.test(row))]).toStrictEqual([
        table,
        true,
      ]);
    }
  });
});

describe('reading the signals of an attempt', () => {
  test('at home a person’s device and network are known, and nobody is near [R10, R21]', async () => {
    const person = await makePerson(db);
    const phone = seen('phone of Lin', 'home of Lin');
    await at(new Date(Date.now() - 20 * 86_400_000), async () => await visits(db, person, phone));
    await visits(db, person, phone);
    const { signals } = await signalsAt(db, person, phone);
    expect(signals.initiator.device.tenureDays ?? 0).toBeGreaterThan(19.9);
    expect(signals.initiator.network.tenureDays ?? 0).toBeGreaterThan(19.9);
    expect(signals.cluster).toStrictEqual({
      owners: 1,
      devices: 1,
      exclusiveMembers: 0,
      apart: 0,
      ownDevices: 1,
      attempting: 0,
      refused: 0,
    });
    expect([
      signals.initiator.device.owners,
      signals.initiator.device.drift,
      signals.sameDevice,
    ]).toStrictEqual([1, 0, true]);
  });

  test('owners seen only at one device are exclusive members; others are not [R21]', async () => {
    const farm = await Promise.all(Array.from({ length: 6 }, () => makePerson(db)));
    const studio = await Promise.all(Array.from({ length: 6 }, () => makePerson(db)));
    await at(new Date(Date.now() - 2 * 86_400_000), async () => {
      for (const person of farm) await visits(db, person, seen('rack', 'cellar'));
      for (const [no, person] of studio.entries()) {
        await visits(
          db,
          person,
          seen('studio computer', 'studio'),
          seen(`phone ${no}`, `home ${no}`),
          seen(`phone ${no}`, 'studio'),
        );
      }
    });
    const [mule, actor] = [farm[0], studio[0]];
    assert.ok(mule && actor);
    const bad = (await signalsAt(db, mule, seen('rack', 'cellar'))).signals;
    const good = (await signalsAt(db, actor, seen('studio computer', 'studio'))).signals;
    expect([
      bad.cluster.owners,
      bad.cluster.exclusiveMembers,
      bad.initiator.device.owners,
      bad.initiator.device.exclusiveMembers,
    ]).toStrictEqual([6, 5, 6, 5]);
    expect([
      good.cluster.owners,
      good.cluster.exclusiveMembers,
      good.initiator.device.owners,
      good.initiator.device.exclusiveMembers,
    ]).toStrictEqual([6, 0, 6, 0]);
  });

  test('a carrier’s NAT joins no owners, and many visits hide no other owner [R21]', async () => {
    const crowd = await Promise.all(Array.from({ length: 30 }, () => makePerson(db)));
    await at(new Date(Date.now() - 2 * 86_400_000), async () => {
      for (const [no, person] of crowd.entries())
        await visits(
          db,
          person,
          seen(`handset ${no}`, 'carrier'),
          seen(`handset ${no}`, `flat ${no}`),
        );
    });
    const [first] = crowd;
    assert.ok(first);
    for (let flood = 0; flood < 50; flood += 1)
      await noteVisit(db, first.primary, seen(`fake ${flood}`, 'carrier'));
    const { signals } = await signalsAt(db, first, seen('handset 0', 'carrier'));
    expect([
      signals.initiator.network.crowded,
      signals.cluster.owners,
      signals.cluster.exclusiveMembers,
    ]).toStrictEqual([true, 1, 0]);
  });

  test('a replayed fingerprint belongs to two owners and drifts on another device [R21]', async () => {
    const [victim, thief] = [await makePerson(db), await makePerson(db)];
    await visits(db, victim, seen('victim’s cookie', 'victim’s home'));
    const copied = seen('victim’s cookie', 'thief’s home', {
      traits: [1, 20, 3, 40, 50, 6, 70, 80, 90, 10, 110],
    });
    await visits(db, thief, copied);
    const { signals } = await signalsAt(db, thief, copied);
    expect(signals.initiator.device.owners).toBe(2);
    expect([
      String(signals.initiator.device.drift),
      (signals.initiator.device.drift ?? 0) > 0.5,
    ]).toStrictEqual([String(signals.initiator.device.drift), true]);
  });

  test('attempts, refusals and payouts nearby are counted by owner [R21]', async () => {
    const [one, two, three] = [await makePerson(db), await makePerson(db), await makePerson(db)];
    const from = seen('till', 'back room');
    for (const person of [one, two, three]) await visits(db, person, from);
    await attempt(two, from, { risk: true });
    await attempt(three, from);
    await attempt(three, from);
    const now = await readClock(db);
    await notePayments(
      db,
      [one, two, three].map(({ primary }) => ({
        account: primary,
        direction: 'out' as const,
        party: hashed('one purse'),
        cents: 5_000,
        at: now,
      })),
    );
    const { signals } = await signalsAt(db, one, from);
    expect([
      signals.cluster.attempting,
      signals.cluster.refused,
      signals.initiator.network.attempting,
    ]).toStrictEqual([2, 1, 2]);
    expect([
      signals.money.payoutOwners,
      signals.money.payoutRefused,
      signals.money.concentration,
    ]).toStrictEqual([3, 1, 1]);
  });

  test('money that returns through two others is a circle of three [R21]', async () => {
    const ring = await Promise.all([makePerson(db), makePerson(db), makePerson(db)]);
    const now = await readClock(db);
    const account = (at: number) => hashed(`account ${at % 3} of the ring`);
    for (const [at, { primary }] of ring.entries()) {
      await notePayments(db, [
        { account: primary, direction: 'out', party: account(at), cents: 90_000, at: now },
        { account: primary, direction: 'in', party: account(at + 2), cents: 91_000, at: now },
      ]);
    }
    const [first] = ring;
    expect(first).toBeTruthy();
    const { money } = (await signalsAt(db, first, seen('purse', 'bank'))).signals;
    expect([money.circleOwners, Math.round(money.circleDays ?? 99)]).toStrictEqual([3, 0]);
  });

  test('reading signals needs one statement for any neighbourhood', async () => {
    const person = await makePerson(db);
    const count = { statements: 0 };
    await db.counting(count, async () => await signalsAt(db, person, seen('phone', 'carrier')));
    // the clock, and one statement
    expect(count.statements).toBe(1 + 1);
  });
});

describe('storing signals', () => {
  test('signals have monthly partitions, made in advance and dropped when old', async () => {
    const own = await freshDatabase();
    const parts = async () =>
      (
        await own.db.query<{ name: string }>(sql`
          select inhrelid::regclass::text as name from pg_inherits where inhparent = 'signals'::regclass order by 1`)
      ).map(({ name }) => name);
    const person = await makePerson(own.db);
    // three months and the partition for the rest
    expect((await parts()).length).toBe(4);
    await noteVisit(own.db, person.primary, seen('phone', 'home'));
    await own.db.query(sql`update clock_offset set ahead = interval '5 months'`);
    await noteVisit(own.db, person.primary, seen('phone', 'home'));
    const count = async (table: string) =>
      (await own.db.pool.query(`select count(*)::int as n from ${table}`)).rows[0].n;
    // its month had no partition
    expect(await count('signals_rest')).toBe(1);
    const made = (await parts()).filter((name) => name !== 'signals_rest');
    const rotate = async () => await rotateSignals({ db: own.db, lifetimes: LIFETIMES });
    const gone = (await Promise.all([rotate(), rotate()])).flat();
    const [kept] = await own.db.query<{ since: string }>(sql`
      select to_char(signal_month(bindery_now()) - interval '4 months', 'YYYYMM') as since`);
    // one, unless a month ended since the database was made
    const old = made.filter((name) => name < `signals_${kept?.since}`);
    expect(old.length === 1 || old.length === 2).toBe(true);
    expect(gone.filter((name) => name.startsWith('signals_')).toSorted()).toStrictEqual(old);
    expect(await count('signals_rest')).toBe(0);
    // today's visit stays; the old one was dropped with its month
    expect(await count('signals')).toBe(1);
    // and so were the owners seen in that month
    expect([await count('signal_owners'), await count('signal_owners_rest')]).toStrictEqual([2, 0]);
    expect(gone.some((name) => name.startsWith('signal_owners_'))).toBe(true);
    expect(await rotate()).toStrictEqual([]);
  });
});
