import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changeCases } from '../../src/review/change-cases.ts';
import { dropCase, forgetCases } from '../../src/review/drop-case.ts';
import { openCases } from '../../src/review/open-cases.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { sql } from '../../src/store/sql.ts';
import { dumpOf, isIn } from '../owners/dump.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount } from '../support/people.ts';
import { decide, decideUnseen, makeCase, makeDesk, makeReviewer } from './desk.ts';

const { db } = await freshDatabase();
const desk = makeDesk(db);
const anna = await makeReviewer(db);
const bert = await makeReviewer(db);

const settledOf = (caseId: string) =>
  desk.settled
    .filter((each) => each.caseId === caseId)
    .map(({ accept, reviewer }) => ({ accept, reviewer }));

async function see(caseId: string, reviewer: typeof anna) {
  const seen = await viewCase(desk, { caseId, reviewer });
  assert.ok(seen.ok, seen.ok ? '' : seen.refusal.site);
  return seen.value;
}

async function listedFor(reviewer: typeof anna): Promise<readonly string[]> {
  const queue = await openCases(desk, { reviewer });
  assert.ok(queue.ok);
  return queue.value.cases.map(({ id }) => id);
}

describe('R23 four eyes', () => {
  test('R23 an acceptance takes two different reviewers, and nothing follows from the first', async () => {
    const id = await makeCase(desk, { fourEyes: true });
    assert.equal(await decide(desk, id, anna), 'half');
    assert.deepEqual(settledOf(id), []);
    assert.deepEqual(
      [await decide(desk, id, anna), await decide(desk, id, anna, { accept: false })],
      ['second_person_needed', 'second_person_needed'],
    );
    assert.equal(await decide(desk, id, bert), 'decided');
    assert.deepEqual(settledOf(id), [{ accept: true, reviewer: bert }]);
  });

  test('R23 where the pack asks for two eyes only, one reviewer decides', async () => {
    const id = await makeCase(desk);
    assert.equal(await decide(desk, id, anna), 'decided');
    assert.deepEqual(settledOf(id), [{ accept: true, reviewer: anna }]);
  });

  test('R23 one rejection decides, as the first word and as the second', async () => {
    for (const first of [[], [anna]]) {
      const id = await makeCase(desk, { fourEyes: true });
      for (const reviewer of first) await decide(desk, id, reviewer);
      assert.equal(await decide(desk, id, bert, { accept: false }), 'decided');
      assert.deepEqual(settledOf(id), [{ accept: false, reviewer: bert }]);
    }
  });

  test('R23 the second reviewer sees no trace of the first opinion until both have spoken', async () => {
    const id = await makeCase(desk, { fourEyes: true });
    const untouched = await see(id, bert);
    await decide(desk, id, anna, { reason: 'the stamp is genuine' });
    assert.deepEqual(await see(id, bert), untouched);
    assert.deepEqual(
      (await see(id, anna)).opinions.map(({ by, reason }) => [by, reason]),
      [[anna, 'the stamp is genuine']],
    );
    await decide(desk, id, bert, { reason: 'so it is' });
    for (const reviewer of [anna, bert]) {
      const { state, decision, decidedBy, reason, opinions } = await see(id, reviewer);
      assert.deepEqual(
        [state, decision, decidedBy, reason],
        ['decided', 'accept', bert, 'so it is'],
      );
      assert.deepEqual(
        opinions.map((each) => [each.by, each.decision, each.reason]),
        [
          [anna, 'accept', 'the stamp is genuine'],
          [bert, 'accept', 'so it is'],
        ],
      );
    }
  });

  test('R23 who has spoken has it in their queue no more; others have', async () => {
    const id = await makeCase(desk, { fourEyes: true });
    await decide(desk, id, anna);
    assert.deepEqual(
      [(await listedFor(anna)).includes(id), (await listedFor(bert)).includes(id)],
      [false, true],
    );
  });
});

describe('R23 a decision', () => {
  test('R23 is taken by who has looked at the case, and takes a reason', async () => {
    const id = await makeCase(desk);
    assert.equal(await decideUnseen(desk, id, anna), 'not_looked_at');
    await see(id, bert); // another’s look does not count
    assert.equal(await decideUnseen(desk, id, anna), 'not_looked_at');
    assert.equal(await decide(desk, id, anna, { reason: '  ok ' }), 'reason_missing');
    assert.equal(await decide(desk, id, anna), 'decided');
    assert.equal(await decide(desk, id, bert), 'already_decided');
  });

  test('R23 is of reviewers in good standing alone', async () => {
    const id = await makeCase(desk);
    assert.equal(await decide(desk, id, await makeAccount(db, null)), 'not_a_reviewer');
    const dismissed = await makeReviewer(db);
    await see(id, dismissed);
    await db.query(sql`update accounts set status = 'restricted' where id = ${dismissed}`);
    assert.equal(await decideUnseen(desk, id, dismissed), 'not_a_reviewer');
    assert.equal(await decide(desk, 'cas_nowhere' as typeof id, anna), 'unknown_case');
  });

  test('R23 counts no more when the applicant changed what it was about: all look again, and the first opinion is void', async () => {
    const applicant = await makeAccount(db, null);
    const id = await makeCase(desk, { fourEyes: true, applicant });
    await decide(desk, id, anna, { reason: 'of the former name' });
    await see(id, bert);
    await db.transaction((tx) => changeCases(tx, applicant, { because: 'declared' }));
    assert.equal(await decideUnseen(desk, id, bert), 'not_looked_at');
    assert.ok((await listedFor(anna)).includes(id));
    assert.equal(await decide(desk, id, bert), 'half');
    assert.equal(await decide(desk, id, anna, { reason: 'of the new name' }), 'decided');
    assert.deepEqual(
      (await see(id, anna)).opinions.map(({ by, reason }) => [by, reason]),
      [
        [bert, 'compared with the original'],
        [anna, 'of the new name'],
      ],
    );
  });

  test('R23 is asked of nobody once what it was about is over', async () => {
    const id = await makeCase(desk, { subjectId: 'withdrawn-one' });
    await see(id, anna);
    await db.transaction((tx) =>
      dropCase(
        tx,
        { kind: 'evidence', id: 'withdrawn-one' },
        { by: 'system', because: 'withdrawn' },
      ),
    );
    assert.equal(await decideUnseen(desk, id, anna), 'already_decided');
    assert.deepEqual([(await listedFor(anna)).includes(id), settledOf(id)], [false, []]);
  });

  test('R23 is audited with every look, and what reviewers write stands in the database sealed', async () => {
    const id = await makeCase(desk, { fourEyes: true });
    const reason = '证件上的姓名与王小明本人一致';
    await decide(desk, id, anna, { reason });
    await decide(desk, id, bert, { reason });
    const rows = await db.query<{ action: string; actor: string | null }>(
      sql`select action, actor from audit_log where subject = ${id} order by seq`,
    );
    assert.deepEqual(
      rows.map(({ action, actor }) => [action, actor]),
      [
        ['case.opened', null],
        ['case.viewed', anna],
        ['case.half_accepted', anna],
        ['case.viewed', bert],
        ['case.decided', bert],
      ],
    );
    assert.equal(isIn(await dumpOf(db), reason), false);
  });
});

test('R23 once an applicant is forgotten nobody need decide about them, and nothing that was written of them is left', async () => {
  const applicant = await makeAccount(db, null);
  const decided = await makeCase(desk, { applicant });
  await decide(desk, decided, anna, { reason: 'the photo shows her' });
  const half = await makeCase(desk, { applicant, fourEyes: true });
  await decide(desk, half, anna, { reason: 'so does this one' });
  const others = await makeCase(desk);
  await db.transaction((tx) => forgetCases(tx, applicant, { by: applicant }));
  assert.deepEqual(
    [
      await decideUnseen(desk, half, bert),
      (await listedFor(bert)).includes(half),
      await decide(desk, others, bert),
    ],
    ['already_decided', false, 'decided'],
  );
  const { decision, decidedBy, reason } = await see(decided, bert);
  assert.deepEqual(
    [decision, decidedBy, reason],
    ['accept', anna, ''],
    'how it ended stays on record',
  );
  const rows = await db.query<{ words: number }>(sql`
    select count(o.reason)::int as words from review_opinions o join review_cases c on c.id = o.case_id where c.applicant = ${applicant}`);
  assert.deepEqual(rows, [{ words: 0 }]);
});
