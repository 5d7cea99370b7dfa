import { beforeEach, describe, expect, test } from '@jest/globals';
import knex from 'knex';
import { rotateRecords } from '../../src/jobs/rotate-records.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { MIGRATIONS } from '../../src/store/migrate.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const MONTHS = { audit: 36, events: 13 };
const { db, url } = await freshDatabase();

const insertDecision = async (id: string, request: string) =>
  await db.query(sql`
    insert into decisions (id, request_id, pack, pack_version, verdict, facts, hooks)
    values (${id}, ${request}, 'douyin', 1, 'allow', '{}', '[]')`);
const insertAudit = async (subject: string) =>
  await db.query(sql`insert into audit_log (action, subject) values ('tested', ${subject})`);
const decisions = async () =>
  (await db.query<{ id: string }>(sql`select id from decisions order by id`)).map(({ id }) => id);
const subjects = async () =>
  (await db.query<{ subject: string }>(sql`select subject from audit_log order by subject`)).map(
    ({ subject }) => subject,
  );
const partOf = async (table: string) =>
  (await db.pool.query(`select tableoid::regclass::text as part from ${table}`)).rows.map(
    ({ part }) => part,
  );

/** Lets months pass, lets the board count, and then runs the job. */
async function pass(months: number): Promise<readonly string[]> {
  await advanceClock(db, `P${months}M`);
  await db.query(sql`update board_counted set until = bindery_now()`);
  return await rotateRecords(db, MONTHS);
}

beforeEach(async () => {
  await db.pool.query(`
    truncate decisions, audit_log, events, review_cases, bindings, binding_requests, evidence,
             accounts, owners cascade;
    update board_counted set until = '-infinity'; delete from board_stepped_up`);
});

describe('a record of audit log, outbox or decisions', () => {
  test('a record is in the partition of its month', async () => {
    await rotateRecords(db, MONTHS);
    await insertDecision('dec_now', 'brq_none');
    await insertAudit('acc_none');
    const [month] = await db.query<{ name: string }>(
      sql`select to_char(bindery_now() at time zone 'UTC', 'YYYYMM') as name`,
    );
    expect(await partOf('decisions')).toStrictEqual([`decisions_${month?.name}`]);
    expect(await partOf('audit_log')).toStrictEqual([`audit_log_${month?.name}`]);
  });

  test('a record is deleted after its months', async () => {
    await insertDecision('dec_old', 'brq_none');
    await insertAudit('acc_old');
    await db.query(sql`insert into events (type, stream, data) values ('x', 'bnd_old', '{}')`);
    await pass(13);
    expect((await db.query(sql`select 1 from events`)).length).toBe(1);
    expect((await pass(1)).filter((part) => part.startsWith('events_')).length).toBe(1);
    expect((await db.query(sql`select 1 from events`)).length).toBe(0);
    await pass(22);
    expect([await decisions(), await subjects()]).toStrictEqual([['dec_old'], ['acc_old']]);
    await pass(1);
    expect([await decisions(), await subjects()]).toStrictEqual([[], []]);
  });

  test('a record is kept longer while a live binding, case or request needs it', async () => {
    await db.pool.query(`
      insert into owners (id, kind, identity_index) values ('own_1', 'person', '\\x01');
      insert into accounts (id, login, password_hash, display_name, kind)
      select 'acc_' || n, 'login-' || n, 'x', 'x', 'personal' from generate_series(1, 2) n;
      insert into bindings (id, primary_id, sub_id, primary_owner_id, sub_owner_id, pack, pack_version,
                            kind, state, same_owner_method, same_owner_checked_at)
      values ('bnd_1', 'acc_1', 'acc_2', 'own_1', 'own_1', 'douyin', 1,
              'personal', 'active', 'identity_document', now());
      insert into binding_requests (id, state, binding_id, client_id, channel, role, pack, pack_version,
                                    details, audience, sector, expires_at)
      select id, state, binding, 'app', 'browser', 'primary', 'douyin', 1, '{}', 'a', 's', now()
        from (values ('brq_bound', 'redeemed', 'bnd_1'), ('brq_open', 'in_review', null),
                     ('brq_over', 'expired', null), ('brq_appealed', 'expired', null)) r (id, state, binding);
      insert into evidence (id, account_id, owner_id, type, state, examiner)
      values ('evi_1', 'acc_1', 'own_1', 'id_front', 'accepted', 'person');
      insert into review_cases (id, subject_kind, subject_id, state, evidence, due_at)
      values ('cas_1', 'binding_request', 'brq_appealed', 'open', '{}', now())`);
    for (const request of ['bound', 'open', 'over', 'appealed'])
      await insertDecision(`dec_${request}`, `brq_${request}`);
    const about = [
      'bnd_1',
      'brq_appealed',
      'brq_bound',
      'brq_open',
      'brq_over',
      'cas_1',
      'evi_1',
      'own_1',
    ];
    for (const subject of about) await insertAudit(subject);
    await pass(37);
    expect(await decisions()).toStrictEqual(['dec_appealed', 'dec_bound', 'dec_open']);
    expect(await subjects()).toStrictEqual([
      'bnd_1',
      'brq_appealed',
      'brq_bound',
      'brq_open',
      'cas_1',
      'evi_1',
    ]);

    await db.pool.query(`
      update bindings set state = 'history'; update evidence set state = 'withdrawn';
      update review_cases set state = 'dropped'; update binding_requests set state = 'expired'`);
    await pass(1);
    expect([await decisions(), await subjects()]).toStrictEqual([[], []]);
  });

  test('a decision is kept until the board has counted it', async () => {
    await insertDecision('dec_uncounted', 'brq_none');
    await advanceClock(db, 'P40M');
    await rotateRecords(db, MONTHS);
    expect(await decisions()).toStrictEqual(['dec_uncounted']);
    await pass(1);
    expect(await decisions()).toStrictEqual([]);
  });

  test('a record of a month without a partition is moved to it later', async () => {
    await advanceClock(db, 'P7M'); // the clock jumps, as in the demo
    await insertAudit('acc_jumped');
    expect(await partOf('audit_log')).toStrictEqual(['audit_log_rest']);
    await rotateRecords(db, MONTHS);
    expect((await partOf('audit_log')).join()).toMatch(/^audit_log_\d{6}$/);
  });
});

test('a migration keeps old records, each in the partition of its month', async () => {
  const migrator = knex({ client: 'pg', connection: url, pool: { min: 0, max: 1 } });
  try {
    await db.pool.query('drop schema public cascade');
    await db.pool.query('create schema public');
    for (let done = ''; !done.startsWith('0020'); )
      [, [done = '9999']] = (await migrator.migrate.up(MIGRATIONS)) as [number, string[]];
    await db.pool.query(`
      insert into decisions (id, request_id, pack, pack_version, verdict, facts, hooks, decided_at)
      select 'dec_' || n, 'brq_' || n, 'douyin', 1, 'allow', '{"n": 1}', '[]',
             timestamptz '2026-03-31 23:59:59.999+00' + n * interval '1 ms'
        from generate_series(0, 1) n;
      insert into audit_log (action, subject, at)
      values ('old', 'acc_1', '2025-11-11'), ('new', 'acc_1', '2026-01-01');
      insert into events (type, stream, data) values ('x', 'bnd_1', '{}')`);
    const before = await db.pool.query('select * from audit_log order by seq');
    await migrator.migrate.latest(MIGRATIONS);
    expect((await db.pool.query('select * from audit_log order by seq')).rows).toStrictEqual(
      before.rows,
    );
    expect(await partOf('decisions')).toStrictEqual(['decisions_202603', 'decisions_202604']);
    await insertAudit('acc_later');
    const [{ seq } = { seq: 0 }] = await db.query<{ seq: number }>(
      sql`select max(seq) as seq from audit_log`,
    );
    expect(seq).toBe(3);
  } finally {
    await migrator.destroy();
  }
});
