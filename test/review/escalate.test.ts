import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Registry } from 'prom-client';
import { startMetrics } from '../../src/metrics.ts';
import { escalateLate, findEscalated } from '../../src/review/escalate.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount, makeOwner } from '../support/people.ts';
import { decide, makeCase, makeDesk, makeOperator, makeReviewer } from './desk.ts';

const { db } = await freshDatabase();
const desk = makeDesk(db);
const operator = await makeOperator(db);
const reviewer = await makeReviewer(db);

describe('R4 R23 a case that nobody decided in time', () => {
  test('R4 R23 is put before the operators once, at the moment it is late and not before', async () => {
    const late = await makeCase(desk, {
      kind: 'special_industry',
      dueInHours: 2,
      owners: [await makeOwner(db)],
      applicant: await makeAccount(db, null),
    });
    await makeCase(desk, { kind: 'personal', dueInHours: 24 });
    const decided = await makeCase(desk, { dueInHours: 1 });
    await decide(desk, decided, reviewer);
    assert.equal(await escalateLate({ db }), 0);
    await advanceClock(db, 'PT2H1S');
    assert.deepEqual([await escalateLate({ db }), await escalateLate({ db })], [1, 0]);
    const found = await findEscalated({ db }, { operator });
    assert.ok(found.ok);
    const [{ escalatedAt, dueAt, ...told } = assert.fail()] = found.value.cases;
    assert.deepEqual(
      told,
      { id: late, subject: 'evidence', kind: 'special_industry' },
      'and nothing that tells whose',
    );
    assert.ok(dueAt < escalatedAt);
    assert.deepEqual(found.value.counts, [
      { subject: 'evidence', kind: 'personal', open: 1, late: 0 },
      { subject: 'evidence', kind: 'special_industry', open: 1, late: 1 },
    ]);
    const rows = await db.query<{ subject: string }>(
      sql`select subject from audit_log where action = 'case.escalated'`,
    );
    assert.deepEqual(
      rows.map(({ subject }) => subject),
      [late],
    );
    await decide(desk, late, reviewer);
    const after = await findEscalated({ db }, { operator });
    assert.deepEqual(after.ok && [after.value.cases, after.value.counts.map(({ open }) => open)], [
      [],
      [1],
    ]);
  });

  test('R23 is marked once, though several rounds run at once, and one that is being decided is not waited for', async () => {
    const made = await Promise.all(
      Array.from({ length: 30 }, () => makeCase(desk, { dueInHours: -1 })),
    );
    const [held] = made;
    await db.transaction(async (tx) => {
      await tx.query(sql`select 1 from review_cases where id = ${held} for update`);
      const rounds = await Promise.all(Array.from({ length: 4 }, () => escalateLate({ db })));
      assert.equal(
        rounds.reduce((sum, count) => sum + count, 0),
        made.length - 1,
      );
    });
    assert.equal(await escalateLate({ db }), 1);
  });

  test('R23 is for operators only', async () => {
    for (const who of [reviewer, await makeAccount(db, null)]) {
      const found = await findEscalated({ db }, { operator: who });
      assert.equal(!found.ok && found.refusal.code, 'not_an_operator');
    }
  });

  test('R23 can be watched: the metrics tell how many are open and how many late', async () => {
    const registry = new Registry();
    startMetrics(db, registry);
    const told = async (name: string) =>
      (await registry.getSingleMetricAsString(name)).split('\n').at(-1);
    assert.equal(
      await told('bindery_review_cases_open'),
      'bindery_review_cases_open{subject="evidence",kind="personal"} 31',
    );
    assert.equal(
      await told('bindery_review_cases_late'),
      'bindery_review_cases_late{subject="evidence",kind="personal"} 30',
    );
    registry.clear();
  });
});
