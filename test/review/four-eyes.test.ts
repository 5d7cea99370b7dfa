import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { changeCases } from '../../src/review/change-cases.ts';
import { dropCase, forgetCases } from '../../src/review/drop-case.ts';
import { openCases } from '../../src/review/open-cases.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { sql } from '../../src/store/sql.ts';
import {
  decide,
  decideUnseen,
  makeCase,
  makeReviewer,
  makeReviewFixture,
} from '../fixtures/review.ts';
import { dumpOf, isIn } from '../owners/dump.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount } from '../support/people.ts';

const { db } = await freshDatabase();
const review = makeReviewFixture(db);
const anna = await makeReviewer(db);
const bert = await makeReviewer(db);

const settledOf = (caseId: string) =>
  review.settled
    .filter((each) => each.caseId === caseId)
    .map(({ accept, reviewer }) => ({ accept, reviewer }));

async function see(caseId: string, reviewer: typeof anna) {
  const seen = await viewCase(review, { caseId, reviewer });
  assert.ok(seen.ok, seen.ok ? '' : seen.refusal.site);
  return seen.value;
}

async function listedFor(reviewer: typeof anna): Promise<readonly string[]> {
  const queue = await openCases(review, { reviewer });
  assert.ok(queue.ok);
  return queue.value.cases.map(({ id }) => id);
}

describe('four eyes', () => {
  test('an acceptance needs two reviewers, and the first one changes nothing [R23]', async () => {
    const id = await makeCase(review, { fourEyes: true });
    expect(await decide(review, id, anna)).toBe('half');
    expect(settledOf(id)).toStrictEqual([]);
    expect([
      await decide(review, id, anna),
      await decide(review, id, anna, { accept: false }),
    ]).toStrictEqual(['second_person_needed', 'second_person_needed']);
    expect(await decide(review, id, bert)).toBe('decided');
    expect(settledOf(id)).toStrictEqual([{ accept: true, reviewer: bert }]);
  });

  test('without four eyes one reviewer decides [R23]', async () => {
    const id = await makeCase(review);
    expect(await decide(review, id, anna)).toBe('decided');
    expect(settledOf(id)).toStrictEqual([{ accept: true, reviewer: anna }]);
  });

  test('one rejection decides, from the first or the second reviewer [R23]', async () => {
    for (const first of [[], [anna]]) {
      const id = await makeCase(review, { fourEyes: true });
      for (const reviewer of first) await decide(review, id, reviewer);
      expect(await decide(review, id, bert, { accept: false })).toBe('decided');
      expect(settledOf(id)).toStrictEqual([{ accept: false, reviewer: bert }]);
    }
  });

  test('the second reviewer cannot see the first opinion before giving theirs [R23]', async () => {
    const id = await makeCase(review, { fourEyes: true });
    const untouched = await see(id, bert);
    await decide(review, id, anna, { reason: 'the stamp is genuine' });
    expect(await see(id, bert)).toStrictEqual(untouched);
    expect((await see(id, anna)).opinions.map(({ by, reason }) => [by, reason])).toStrictEqual([
      [anna, 'the stamp is genuine'],
    ]);
    await decide(review, id, bert, { reason: 'so it is' });
    for (const reviewer of [anna, bert]) {
      const { state, decision, decidedBy, reason, opinions } = await see(id, reviewer);
      expect([state, decision, decidedBy, reason]).toStrictEqual([
        'decided',
        'accept',
        bert,
        'so it is',
      ]);
      expect(opinions.map((each) => [each.by, each.decision, each.reason])).toStrictEqual([
        [anna, 'accept', 'the stamp is genuine'],
        [bert, 'accept', 'so it is'],
      ]);
    }
  });

  test('a case leaves the queue of its first reviewer, and stays in others [R23]', async () => {
    const id = await makeCase(review, { fourEyes: true });
    await decide(review, id, anna);
    expect([
      (await listedFor(anna)).includes(id),
      (await listedFor(bert)).includes(id),
    ]).toStrictEqual([false, true]);
  });
});

describe('a decision on a case', () => {
  test('a decision needs a reviewer who opened the case, and a reason [R23]', async () => {
    const id = await makeCase(review);
    expect(await decideUnseen(review, id, anna)).toBe('not_looked_at');
    await see(id, bert); // another’s look does not count
    expect(await decideUnseen(review, id, anna)).toBe('not_looked_at');
    expect(await decide(review, id, anna, { reason: '  ok ' })).toBe('reason_missing');
    expect(await decide(review, id, anna)).toBe('decided');
    expect(await decide(review, id, bert)).toBe('already_decided');
  });

  test('only reviewers whose account is active decide [R23]', async () => {
    const id = await makeCase(review);
    expect(await decide(review, id, await makeAccount(db, null))).toBe('not_a_reviewer');
    const dismissed = await makeReviewer(db);
    await see(id, dismissed);
    await db.query(sql`update accounts set status = 'restricted' where id = ${dismissed}`);
    expect(await decideUnseen(review, id, dismissed)).toBe('not_a_reviewer');
    expect(await decide(review, 'cas_nowhere' as typeof id, anna)).toBe('unknown_case');
  });

  test('a change by the applicant voids the first opinion, and all look again [R23]', async () => {
    const applicant = await makeAccount(db, null);
    const id = await makeCase(review, { fourEyes: true, applicant });
    await decide(review, id, anna, { reason: 'of the former name' });
    await see(id, bert);
    await db.transaction((tx) => changeCases(tx, applicant, { because: 'declared' }));
    expect(await decideUnseen(review, id, bert)).toBe('not_looked_at');
    expect(await listedFor(anna)).toContain(id);
    expect(await decide(review, id, bert)).toBe('half');
    expect(await decide(review, id, anna, { reason: 'of the new name' })).toBe('decided');
    expect((await see(id, anna)).opinions.map(({ by, reason }) => [by, reason])).toStrictEqual([
      [bert, 'compared with the original'],
      [anna, 'of the new name'],
    ]);
  });

  test('a dropped case leaves the queue and cannot be decided [R23]', async () => {
    const id = await makeCase(review, { subjectId: 'withdrawn-one' });
    await see(id, anna);
    await db.transaction((tx) =>
      dropCase(
        tx,
        { kind: 'evidence', id: 'withdrawn-one' },
        { by: 'system', because: 'withdrawn' },
      ),
    );
    expect(await decideUnseen(review, id, anna)).toBe('already_decided');
    expect([(await listedFor(anna)).includes(id), settledOf(id)]).toStrictEqual([false, []]);
  });

  test('decisions and views are audited, and reviewers’ texts are stored sealed [R23]', async () => {
    const id = await makeCase(review, { fourEyes: true });
    const reason = '证件上的姓名与王小明本人一致';
    await decide(review, id, anna, { reason });
    await decide(review, id, bert, { reason });
    const rows = await db.query<{ action: string; actor: string | null }>(
      sql`select action, actor from audit_log where subject = ${id} order by seq`,
    );
    expect(rows.map(({ action, actor }) => [action, actor])).toStrictEqual([
      ['case.opened', null],
      ['case.viewed', anna],
      ['case.half_accepted', anna],
      ['case.viewed', bert],
      ['case.decided', bert],
    ]);
    expect(isIn(await dumpOf(db), reason)).toBe(false);
  });
});

test('deleting an applicant drops their cases and what was written in them', async () => {
  const applicant = await makeAccount(db, null);
  const decided = await makeCase(review, { applicant });
  await decide(review, decided, anna, { reason: 'the photo shows her' });
  const half = await makeCase(review, { applicant, fourEyes: true });
  await decide(review, half, anna, { reason: 'so does this one' });
  const others = await makeCase(review);
  await db.transaction((tx) => forgetCases(tx, applicant, { by: applicant }));
  expect([
    await decideUnseen(review, half, bert),
    (await listedFor(bert)).includes(half),
    await decide(review, others, bert),
  ]).toStrictEqual(['already_decided', false, 'decided']);
  const { decision, decidedBy, reason } = await see(decided, bert);
  // the result stays in the audit log
  expect([decision, decidedBy, reason]).toStrictEqual(['accept', anna, '']);
  const rows = await db.query<{ words: number }>(sql`
    select count(o.reason)::int as words from review_opinions o join review_cases c on c.id = o.case_id where c.applicant = ${applicant}`);
  expect(rows).toStrictEqual([{ words: 0 }]);
});
