import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import { startMetrics } from '../../src/metrics.ts';
import { escalateLate, findEscalated } from '../../src/review/escalate.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  decide,
  makeCase,
  makeOperator,
  makeReviewer,
  makeReviewFixture,
} from '../fixtures/review.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

const { db } = await freshDatabase();
const review = makeReviewFixture(db);
const operator = await makeOperator(db);
const reviewer = await makeReviewer(db);

describe('a case that is not decided in time', () => {
  test('a late case is escalated to the operators once, and not before it is late [R23]', async () => {
    const late = await makeCase(review, {
      kind: 'special_industry',
      dueInHours: 2,
      owners: [await makeOwner(db)],
      applicant: await makeAccount(db, null),
    });
    await makeCase(review, { kind: 'personal', dueInHours: 24 });
    const decided = await makeCase(review, { dueInHours: 1 });
    await decide(review, decided, reviewer);
    expect(await escalateLate({ db })).toBe(0);
    await advanceClock(db, 'PT2H1S');
    expect([await escalateLate({ db }), await escalateLate({ db })]).toStrictEqual([1, 0]);
    const found = await findEscalated({ db }, { operator });
    assert.ok(found.ok);
    const [{ escalatedAt, dueAt, ...told } = assert.fail()] = found.value.cases;
    // and nothing that identifies the owner
    expect(told).toStrictEqual({ id: late, subject: 'evidence', kind: 'special_industry' });
    expect(dueAt < escalatedAt).toBe(true);
    expect(found.value.counts).toStrictEqual([
      { subject: 'evidence', kind: 'personal', open: 1, late: 0 },
      { subject: 'evidence', kind: 'special_industry', open: 1, late: 1 },
    ]);
    const rows = await db.query<{ subject: string }>(
      sql`select subject from audit_log where action = 'case.escalated'`,
    );
    expect(rows.map(({ subject }) => subject)).toStrictEqual([late]);
    await decide(review, late, reviewer);
    const after = await findEscalated({ db }, { operator });
    expect(
      after.ok && [after.value.cases, after.value.counts.map(({ open }) => open)],
    ).toStrictEqual([[], [1]]);
  });

  test('rounds at once escalate a case once, and do not wait for a locked one [R23]', async () => {
    const made = await Promise.all(
      Array.from({ length: 30 }, () => makeCase(review, { dueInHours: -1 })),
    );
    const [held] = made;
    await db.transaction(async (tx) => {
      await tx.query(sql`select 1 from review_cases where id = ${held} for update`);
      const rounds = await Promise.all(Array.from({ length: 4 }, () => escalateLate({ db })));
      expect(rounds.reduce((sum, count) => sum + count, 0)).toBe(made.length - 1);
    });
    expect(await escalateLate({ db })).toBe(1);
  });

  test('only operators see escalated cases [R23]', async () => {
    for (const who of [reviewer, await makeAccount(db, null)]) {
      const found = await findEscalated({ db }, { operator: who });
      expect(!found.ok && found.refusal.code).toBe('not_an_operator');
    }
  });

  test('the metrics tell how many cases are open and how many are late [R23]', async () => {
    const registry = new Registry();
    startMetrics(db, registry);
    const told = async (name: string) =>
      (await registry.getSingleMetricAsString(name)).split('\n').at(-1);
    expect(await told('bindery_review_cases_open')).toBe(
      'bindery_review_cases_open{subject="evidence",kind="personal"} 31',
    );
    expect(await told('bindery_review_cases_late')).toBe(
      'bindery_review_cases_late{subject="evidence",kind="personal"} 30',
    );
    registry.clear();
  });
});
