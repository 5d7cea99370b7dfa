import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { eraseOwner } from '../../src/evidence/claims/erase-owner.store.ts';
import type { AccountId, OwnerId } from '../../src/kernel/ids.ts';
import { keyedBytes } from '../../src/risk/bytes.ts';
import type { ObservedDevice } from '../../src/risk/device.ts';
import { noteAttempt, notePayments, noteVisit } from '../../src/risk/signals.store.ts';
import { readClock } from '../../src/store/clock.store.ts';
import { Database } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { hashed, makePerson, newRequest, type Person, seen, signalsAt, visits } from './world.ts';

const { db, url } = await freshDatabase();

/**
 * Pages that reading the signals of `person` touches, counted on a connection of its own with warm
 * plans and catalogues. The median of some runs, because autovacuum may analyse a table meanwhile
 * and catalogues are then read again.
 */
async function pagesOf(person: Person, from: ObservedDevice): Promise<number> {
  const own = new Database(url, { max: 1 });
  const touched = async () => {
    await own.pool.query('select pg_stat_force_next_flush()');
    const { rows } = await own.pool.query(
      `select sum(hits + reads)::int as pages from pg_stat_get_backend_io(pg_backend_pid()) where object = 'relation'`,
    );
    return Number(rows[0].pages);
  };
  try {
    await own.pool.query('set plan_cache_mode = force_generic_plan; set enable_seqscan = off');
    for (let warm = 0; warm < 3; warm += 1) await signalsAt(own, person, from);
    const looks: number[] = [];
    for (let neighbourhood = 0; neighbourhood < 5; neighbourhood += 1) {
      const [before, between] = [await touched(), await touched()];
      await signalsAt(own, person, from);
      looks.push((await touched()) - between - (between - before));
    }
    const median = looks.toSorted((a, b) => a - b)[2] ?? Number.NaN;
    expect([`${looks} pages`, median > 0]).toStrictEqual([`${looks} pages`, true]);
    return median;
  } finally {
    await own.close();
  }
}

/**
 * So many owners on one device, in one network and with one payout account, as noteVisit and
 * notePayments store them.
 */
async function crowd(
  name: string,
  owners: number,
): Promise<{ readonly one: Person; readonly place: ObservedDevice }> {
  const [one, place] = [await makePerson(db), seen(`device of ${name}`, `network of ${name}`)];
  await visits(db, one, place);
  const [device, network, party] = [
    keyedBytes(place.device),
    keyedBytes(place.place),
    keyedBytes(hashed(`purse of ${name}`)),
  ];
  await db.query(sql`
    with people as (select 'own_' || ${name}::text || n as owner_id, 'acc_' || ${name}::text || n as account_id from generate_series(1, ${owners}::int) n),
         clock as (select signal_month(bindery_now()) as month, bindery_now() - interval '2 days' as at),
         seen as (insert into signals (month, account_id, owner_id, device, network, traits, first_at, last_at)
                  select month, account_id, owner_id, ${device}::bytea, ${network}::bytea, '{1}', at, at from people, clock),
         met as (insert into signal_owners (month, node, owner_id, kind, first_at)
                 select month, node, owner_id, kind, at from people, clock, (values ('device', ${device}::bytea), ('network', ${network}::bytea)) nodes(kind, node)),
         tried as (insert into binding_attempts (month, request_id, side, account_id, owner_id, device, network, verdict, risk, at)
                   select month, 'brq_' || owner_id, 'initiator', account_id, owner_id, ${device}, ${network}, 'deny', true, at from people, clock)
    insert into payments (month, account_id, owner_id, direction, party, cents, first_at, last_at)
    select month, account_id, owner_id, 'out', ${party}::bytea, 100, at, at from people, clock`);
  await notePayments(db, [
    {
      account: one.primary,
      direction: 'out',
      party: hashed(`purse of ${name}`),
      cents: 100,
      at: await readClock(db),
    },
  ]);
  return { one, place };
}

describe('the cost of gathering signals', () => {
  test('signals among ten thousand near owners cost no more than among a hundred', async () => {
    const [few, many] = [await crowd('few', 100), await crowd('many', 10_000)];
    await db.pool.query('vacuum analyze');
    const [small, large] = [await pagesOf(few.one, few.place), await pagesOf(many.one, many.place)];
    expect(large).toBeLessThanOrEqual(small * 1.5);
    const { signals } = await signalsAt(db, many.one, many.place);
    expect(signals.initiator.device.owners).toBeGreaterThanOrEqual(24);
    expect(signals.initiator.network.crowded).toBe(true);
    expect(signals.money.payoutOwners).toBeGreaterThanOrEqual(12);
  });

  test('ten thousand devices of one account cost no more to read than sixty-four', async () => {
    const [quiet, flooded] = [await makePerson(db), await makePerson(db)];
    const home = (person: Person) => seen(`phone of ${person.owner}`, `home of ${person.owner}`);
    for (const person of [quiet, flooded]) await visits(db, person, home(person));
    for (let done = 1; done < 64; done += 1)
      await noteVisit(db, quiet.primary, seen(`quiet ${done}`, 'many homes'));
    // ten thousand waits for the disk would show nothing
    const hurried = new Database(`${url}&options=-csynchronous_commit%3Doff`);
    for (let done = 0; done < 10_000; done += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, at) =>
          noteVisit(hurried, flooded.primary, seen(`flood ${done + at}`, 'many homes')),
        ),
      );
    }
    await hurried.close();
    const [row] = await db.query<{ noted: number; nodes: number }>(sql`
      select (select count(*)::int from signals where account_id = ${flooded.primary}) as noted,
             (select count(*)::int from signal_owners where owner_id = ${flooded.owner}) as nodes`);
    expect([
      `${row?.noted} rows, ${row?.nodes} nodes; fifty came at a time`,
      Boolean(row && row.noted <= 64 + 50 && row.nodes <= row.noted + 2),
    ]).toStrictEqual([`${row?.noted} rows, ${row?.nodes} nodes; fifty came at a time`, true]);
    await db.pool.query('vacuum analyze');
    const [small, large] = [
      await pagesOf(quiet, home(quiet)),
      await pagesOf(flooded, home(flooded)),
    ];
    expect(large).toBeLessThanOrEqual(small * 2);
    const { signals } = await signalsAt(db, flooded, home(flooded));
    expect(signals.initiator.device.owners).toBe(1);
  });

  test('attempts and refusals are read only up to the number that counts', async () => {
    const [calm, busy] = [await makePerson(db), await makePerson(db)];
    const from = seen('desk', 'office');
    const side = (person: Person) => ({ account: person.primary, owner: person.owner, seen: from });
    const tries = async (person: Person) =>
      await db.transaction(async (tx) => {
        const sides = { initiator: side(person), counterparty: side(person) };
        await noteAttempt(tx, newRequest(), { ...sides, verdict: 'deny', risk: true });
      });
    for (let done = 0; done < 60; done += 1) await tries(calm);
    for (let done = 0; done < 600; done += 1) await tries(busy);
    await db.pool.query('vacuum analyze');
    const [small, large] = [await pagesOf(calm, from), await pagesOf(busy, from)];
    expect(large).toBeLessThanOrEqual(small * 2);
  });
});

describe('the owners seen at a device or in a network', () => {
  const rowsOf = async (owner: OwnerId) =>
    await db.query<{ month: Date; node: string }>(sql`
      select month, encode(node, 'hex') as node from signal_owners where owner_id = ${owner} order by 1, 2`);
  const at = async (ahead: string, account: AccountId, from: ObservedDevice) => {
    await db.query(sql`update clock_offset set ahead = ${ahead}::interval`);
    await noteVisit(db, account, from);
    await db.query(sql`update clock_offset set ahead = interval '0'`);
  };

  test('an owner is stored once a month, and an account without owner is not', async () => {
    const person = await makePerson(db);
    for (let again = 0; again < 3; again += 1)
      await visits(db, person, seen('a phone', 'a home'), seen('a phone', 'an office'));
    const nodes = [hashed('a phone'), hashed('a home'), hashed('an office')].map((name) =>
      keyedBytes(name).toString('hex'),
    );
    expect((await rowsOf(person.owner)).map(({ node }) => node)).toStrictEqual(nodes.sort());
    await at('40 days', person.primary, seen('a phone', 'a home'));
    expect((await rowsOf(person.owner)).length).toBe(5);
    const nobody = await makePerson(db);
    await db.query(sql`update accounts set owner_id = null where id = ${nobody.primary}`);
    await noteVisit(db, nobody.primary, seen('a lost phone', ''));
    const [row] = await db.query<{ count: number }>(
      sql`select count(*)::int as count from signal_owners where owner_id = '' or length(node) = 0`,
    );
    expect(row?.count).toBe(0);
  });

  test('the migration fills kind and first date of existing rows', async () => {
    const person = await makePerson(db);
    await visits(
      db,
      person,
      seen('an old phone', 'an old home'),
      seen('an old phone', 'an old office'),
    );
    const told = async () =>
      await db.query(
        sql`select month, node, kind, first_at from signal_owners where owner_id = ${person.owner} order by kind, node`,
      );
    const before = await told();
    expect(before.length).toBe(3);
    await db.pool.query('alter table signal_owners drop column kind, drop column first_at');
    await db.pool.query(
      readFileSync(new URL('../../migrations/0017_owners_nodes.sql', import.meta.url), 'utf8'),
    );
    expect(await told()).toStrictEqual(before);
  });

  test('a visit counts for the owner once the account has one', async () => {
    const person = await makePerson(db);
    const phone = seen('phone of the newcomer', 'home of the newcomer');
    await db.query(sql`update accounts set owner_id = null where id = ${person.primary}`);
    await noteVisit(db, person.primary, phone);
    expect(await rowsOf(person.owner)).toStrictEqual([]);
    await db.query(
      sql`update accounts set owner_id = ${person.owner} where id = ${person.primary}`,
    );
    await noteVisit(db, person.primary, phone);
    expect((await rowsOf(person.owner)).length).toBe(2);
  });

  test('after a clock goes back, rows of future months are ignored', async () => {
    const [person, counterparty] = [await makePerson(db), await makePerson(db)];
    const [phone, till] = [seen('phone of now', 'home of now'), seen('till of now', 'home of now')];
    await visits(db, person, phone);
    await at('70 days', counterparty.primary, till);
    await at('70 days', person.primary, till);
    const { neighbourhood, signals } = await signalsAt(db, person, till);
    expect([
      neighbourhood.near.length,
      neighbourhood.own.length,
      signals.initiator.device.owners,
      signals.cluster.owners,
    ]).toStrictEqual([0, 2, 1, 1]);
    expect(signals.behaviour.knownDays ?? -1).toBeGreaterThanOrEqual(0);
  });

  test('a deleted owner is in no row of them', async () => {
    const person = await makePerson(db);
    await visits(db, person, seen('phone of the leaver', 'home of the leaver'));
    await at('40 days', person.primary, seen('phone of the leaver', 'hotel of the leaver'));
    expect((await rowsOf(person.owner)).length).toBe(4);
    await db.transaction(async (tx) => await eraseOwner(tx, person.owner));
    expect(await rowsOf(person.owner)).toStrictEqual([]);
  });
});
