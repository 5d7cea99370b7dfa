import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../src/accounts/account.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { openAppeal } from '../../src/review/open-appeal.ts';
import { openCases, type Queue } from '../../src/review/open-cases.ts';
import { findQueue, type QueueFilter } from '../../src/review/queue.store.ts';
import { readClock } from '../../src/store/clock.store.ts';
import type { Db } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { decide, makeCase, makeReviewer, makeReviewFixture } from '../fixtures/review.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

async function makeRoom() {
  const { db } = await freshDatabase();
  const review = makeReviewFixture(db);
  const reviewer = await makeReviewer(db);
  const see = async (
    filter: QueueFilter = {},
    after?: string,
    by: AccountId = reviewer,
  ): Promise<Queue> => {
    const queue = await openCases(review, { reviewer: by, filter, after });
    assert.ok(queue.ok);
    return queue.value;
  };
  const list = async (filter: QueueFilter = {}) => (await see(filter)).cases.map(({ id }) => id);
  return { db, review, reviewer, see, list };
}

const { db, review, reviewer, see, list } = await makeRoom();
const subject = 'evidence';
const late = await makeCase(review, {
  subject,
  kind: 'special_industry',
  fourEyes: true,
  dueInHours: -2,
});
const soon = await makeCase(review, {
  subject: 'binding_request',
  kind: 'personal',
  dueInHours: 1,
});
const later = await makeCase(review, { subject, kind: 'enterprise', dueInHours: 48 });
const now = await readClock(db);
const opened = await db.transaction((tx) =>
  openAppeal(tx, review, {
    subject: { kind: 'correction', id: 'cor_1' },
    applicant: null,
    kind: 'personal',
    fourEyes: false,
    due: new Date(now.getTime() + 12 * 3_600_000),
    evidence: {},
    excludedOwners: [],
    by: reviewer,
    text: 'please look again',
    refusedAt: now,
    appealDays: 30,
    now,
  }),
);
assert.ok(opened.ok);
const appeal = opened.value;

describe('the review queue', () => {
  test('the queue is sorted by deadline, marks late cases, and names nobody [R23]', async () => {
    const { cases, counts, next } = await see();
    expect(cases.map(({ id, late, appeal }) => [id, late, appeal])).toStrictEqual([
      [late, true, false],
      [soon, false, false],
      [appeal, false, true],
      [later, false, false],
    ]);
    expect([counts, next]).toStrictEqual([{ open: 4, late: 1, appeals: 1 }, null]);
    expect(Object.keys(cases[0] ?? {}).sort()).toStrictEqual([
      'appeal',
      'dueAt',
      'escalatedAt',
      'fourEyes',
      'id',
      'kind',
      'late',
      'openedAt',
      'subject',
    ]);
  });

  // biome-ignore format: a table is read by its columns
  const FILTERS: readonly (readonly [string, QueueFilter, readonly string[]])[] = [
    ['evidence',               { subject: 'evidence' },                            [late, later]],
    ['binding requests',       { subject: 'binding_request' },                     [soon]],
    ['personal accounts',      { kind: 'personal' },                               [soon, appeal]],
    ['appeals',                { appeals: true },                                  [appeal]],
    ['lateness',           { late: true },                                     [late]],
    ['late special industry',  { late: true, kind: 'special_industry', subject },  [late]],
    ['late enterprises: none', { late: true, kind: 'enterprise' },                 []],
  ];
  for (const [what, filter, cases] of FILTERS)
    test(`the queue is filtered by ${what} [R23]`, async () =>
      expect(await list(filter)).toStrictEqual(cases));

  test('the queue counts all cases that the reviewer may take, and no other [R23]', async () => {
    const owner = await makeOwner(db);
    await makeCase(review, { owners: [owner], dueInHours: -1 });
    const related = await makeReviewer(db, owner);
    expect((await see({ kind: 'personal' }, undefined, related)).counts).toStrictEqual({
      open: 4,
      late: 1,
      appeals: 1,
    });
    expect((await see({ kind: 'enterprise' })).counts).toStrictEqual({
      open: 5,
      late: 2,
      appeals: 1,
    });
  });

  test('each view of the queue is audited, with its filter [R23]', async () => {
    await see({ late: true });
    const [row] = await db.query<{ action: string; actor: string; detail: unknown }>(sql`
      select action, actor, detail from audit_log where action = 'queue.viewed' order by seq desc limit 1`);
    expect(row).toStrictEqual({
      action: 'queue.viewed',
      actor: reviewer,
      detail: { filter: { late: true }, after: null, cases: 2 },
    });
  });

  test('only reviewers see the queue [R23]', async () => {
    const queue = await openCases(review, { reviewer: await makeAccount(db, null) });
    expect(!queue.ok && queue.refusal.code).toBe('not_a_reviewer');
  });
});

test('pages of a long queue repeat and skip nothing while cases are decided [R23]', async () => {
  const { review, see, reviewer } = await makeRoom();
  const made = new Set<string>();
  for (let nth = 0; nth < 120; nth += 1)
    made.add(await makeCase(review, { dueInHours: 1 + (nth % 7) }));
  const read: string[] = [];
  let after: string | undefined;
  do {
    const page = await see({}, after);
    read.push(...page.cases.map(({ id }) => id));
    const [first] = page.cases;
    if (first) expect(await decide(review, first.id, reviewer)).toBe('decided');
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect([read.length, new Set(read)]).toStrictEqual([120, made]);
});

test('a queue of thousands is read through an index, without sorting', async () => {
  const { db, reviewer, see } = await makeRoom();
  const kinds: readonly Kind[] = ['personal', 'enterprise', 'special_industry'];
  await db.query(sql`
    insert into review_cases (id, subject_kind, subject_id, state, kind, evidence, due_at)
    select 'cas_' || n, 'evidence', 'subject-' || n, case n % 10 when 0 then 'open' else 'decided' end, (${kinds}::text[])[n % 3 + 1], '{}',
           bindery_now() + n * interval '1 minute'
      from generate_series(1, 50000) as n`);
  await db.query(sql`analyze review_cases`);
  const explained: Db = {
    query: async ({ name, text, values }) => {
      const rows = await db.query<{ 'QUERY PLAN': string }>({
        name: `${name}_x`,
        text: `explain ${text}`,
        values,
      });
      return rows.map((row) => ({ line: row['QUERY PLAN'] })) as never[];
    },
  };
  for (const after of [null, 'cas_20000']) {
    const asked = { filter: { kind: 'enterprise' }, after, most: 51 } as const;
    const lines = (await findQueue(
      explained,
      { id: reviewer, ownerId: null, related: [] },
      asked,
    )) as unknown as { line: string }[];
    const plan = lines.map(({ line }) => line).join('\n');
    expect(plan).toMatch(/Index Scan using review_cases_queue/);
    expect(plan).not.toMatch(/Sort|Seq Scan on review_cases/);
  }
  const { cases, counts } = await see({ kind: 'enterprise' });
  expect([cases.length, counts.open]).toStrictEqual([50, 5000]);
});
