import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OwnerId } from '../../src/kernel/ids.ts';
import { verifyAffiliation, withdrawAffiliation } from '../../src/owners/affiliation.ts';
import { findRelatives } from '../../src/owners/relatives.store.ts';
import { forgetRelative, recordRelative } from '../../src/owners/relatives.ts';
import { openAppeal } from '../../src/review/open-appeal.ts';
import { openCases } from '../../src/review/open-cases.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { readClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { dumpOf, isIn } from '../owners/dump.ts';
import { freshDatabase } from '../support/database.ts';
import { makeAccount, makeOwner } from '../support/people.ts';
import { decide, decideUnseen, makeCase, makeDesk, makeReviewer } from './desk.ts';

const { db } = await freshDatabase();
const desk = makeDesk(db);
const stranger = await makeReviewer(db, await makeOwner(db));

const relate = async (owner: OwnerId, relative: OwnerId) =>
  await recordRelative(desk, { owner, relative, relation: 'sibling', by: 'system' });

/** Whether the queue lists it, and what looking at it, and deciding it, is answered with. */
async function accessOf(
  caseId: Awaited<ReturnType<typeof makeCase>>,
  reviewer: typeof stranger,
): Promise<readonly unknown[]> {
  const queue = await openCases(desk, { reviewer });
  const seen = await viewCase(desk, { caseId, reviewer });
  const listed = queue.ok && queue.value.cases.some(({ id }) => id === caseId);
  return [listed, seen.ok ? 'seen' : seen.refusal.code, await decideUnseen(desk, caseId, reviewer)];
}

const SHUT = [false, 'related_party', 'related_party'];

describe('R23 a reviewer neither sees nor decides what concerns', () => {
  test('R23 their own owner, while others do', async () => {
    const owner = await makeOwner(db);
    const id = await makeCase(desk, { owners: [await makeOwner(db), owner] });
    assert.deepEqual(await accessOf(id, await makeReviewer(db, owner)), SHUT);
    assert.deepEqual(await accessOf(id, stranger), [true, 'seen', 'decided']);
  });

  test('R23 their own account, verified or not', async () => {
    const reviewer = await makeReviewer(db);
    const id = await makeCase(desk, { applicant: reviewer, owners: [await makeOwner(db)] });
    assert.deepEqual(await accessOf(id, reviewer), SHUT);
  });

  for (const [named, pair] of [
    ['first', (own: OwnerId, other: OwnerId) => [own, other]],
    ['second', (own: OwnerId, other: OwnerId) => [other, own]],
  ] as const) {
    test(`R23 a relative on record, the reviewer named ${named}; and may again once the relation is off the record`, async () => {
      const [own, other] = [await makeOwner(db), await makeOwner(db)];
      const [one, two] = pair(own, other) as [OwnerId, OwnerId];
      const reviewer = await makeReviewer(db, own);
      const id = await makeCase(desk, { owners: [other] });
      assert.ok((await relate(one, two)).ok);
      assert.deepEqual(await accessOf(id, reviewer), SHUT);
      assert.ok((await forgetRelative(desk, { owner: two, relative: one, by: 'system' })).ok);
      assert.deepEqual(await accessOf(id, reviewer), [true, 'seen', 'decided']);
    });
  }

  test('R23 a parent or a subsidiary of their organisation, until the tie is withdrawn', async () => {
    const [parent, subsidiary] = [
      await makeOwner(db, 'organisation'),
      await makeOwner(db, 'organisation'),
    ];
    const tie = { parent, subsidiary, by: 'system' };
    await db.transaction((tx) => verifyAffiliation(tx, { ...tie, evidence: 'evi_1' }));
    const ofParent = await makeCase(desk, { owners: [parent] });
    const ofSubsidiary = await makeCase(desk, { owners: [subsidiary] });
    assert.deepEqual(await accessOf(ofSubsidiary, await makeReviewer(db, parent)), SHUT);
    assert.deepEqual(await accessOf(ofParent, await makeReviewer(db, subsidiary)), SHUT);
    await db.transaction((tx) => withdrawAffiliation(tx, { ...tie, because: 'sold' }));
    assert.deepEqual(await accessOf(ofParent, await makeReviewer(db, subsidiary)), [
      true,
      'seen',
      'decided',
    ]);
  });

  test('R23 somebody who became a relative after the reviewer looked', async () => {
    const [own, other] = [await makeOwner(db), await makeOwner(db)];
    const reviewer = await makeReviewer(db, own);
    const id = await makeCase(desk, { owners: [other] });
    assert.ok((await viewCase(desk, { caseId: id, reviewer })).ok);
    await relate(own, other);
    assert.equal(await decideUnseen(desk, id, reviewer), 'related_party');
  });
});

describe('R23 relatives on record', () => {
  test('R23 are one row a pair, audited, and of two owners that there are', async () => {
    const [one, two] = [await makeOwner(db), await makeOwner(db)];
    assert.ok((await relate(one, two)).ok);
    assert.ok(
      (await recordRelative(desk, { owner: two, relative: one, relation: 'spouse', by: 'acc_1' }))
        .ok,
    );
    for (const [own, other] of [
      [one, two],
      [two, one],
    ] as const) {
      assert.deepEqual(
        (await findRelatives(db, own)).map(({ owner, relation, recordedBy }) => [
          owner,
          relation,
          recordedBy,
        ]),
        [[other, 'spouse', 'acc_1']],
      );
    }
    const codes = await Promise.all([
      relate(one, one),
      relate(one, 'own_nobody' as OwnerId),
      forgetRelative(desk, { owner: one, relative: await makeOwner(db), by: 'system' }),
    ]);
    assert.deepEqual(
      codes.map((each) => !each.ok && each.refusal.code),
      ['same_owner', 'unknown_owner', 'not_related'],
    );
    const rows = await db.query<{ action: string }>(
      sql`select action from audit_log where subject in (${one}, ${two}) order by seq`,
    );
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['relative.recorded', 'relative.recorded'],
    );
  });
});

describe('R23 an appeal', () => {
  async function appeal(subjectId: string, text = '执照是真的，请再看一次'): Promise<string> {
    const now = await readClock(db);
    const by = await makeAccount(db, null);
    const opened = await db.transaction((tx) =>
      openAppeal(tx, desk, {
        subject: { kind: 'evidence', id: subjectId },
        applicant: by,
        kind: 'special_industry',
        fourEyes: true,
        due: new Date(now.getTime() + 86_400_000),
        evidence: {},
        excludedOwners: [],
        by,
        text,
        refusedAt: now,
        appealDays: 30,
        now,
      }),
    );
    return opened.ok ? opened.value : opened.refusal.code;
  }

  test('R23 is neither seen nor decided by anybody who had a say in what it is against; the others read both sides', async () => {
    const [anna, bert, cora] = [
      await makeReviewer(db),
      await makeReviewer(db),
      await makeReviewer(db),
    ];
    const id = await makeCase(desk, { fourEyes: true, subjectId: 'clinic-licence' });
    await decide(desk, id, anna);
    await decide(desk, id, bert, { accept: false, reason: 'the seal is blurred' });
    const appealed = (await appeal('clinic-licence')) as typeof id;
    for (const reviewer of [anna, bert])
      assert.deepEqual(await accessOf(appealed, reviewer), [false, 'own_decision', 'own_decision']);
    const seen = await viewCase(desk, { caseId: appealed, reviewer: cora });
    assert.deepEqual(seen.ok && seen.value.appeal, {
      of: id,
      reason: 'the seal is blurred',
      text: '执照是真的，请再看一次',
    });
    assert.equal(await decide(desk, appealed, cora), 'decided');
    assert.deepEqual(desk.settled.at(-1), {
      caseId: appealed,
      subjectId: 'clinic-licence',
      accept: true,
      reviewer: cora,
      appeal: true,
    });
  });

  test('R23 is made once, by who says why, and of an automatic decision anybody may decide it', async () => {
    assert.equal(await appeal('machine-said-no', '  a '), 'text_missing');
    const id = (await appeal('machine-said-no')) as Awaited<ReturnType<typeof makeCase>>;
    assert.equal(await appeal('machine-said-no'), 'already_appealed');
    const seen = await viewCase(desk, { caseId: id, reviewer: stranger });
    assert.deepEqual(seen.ok && [seen.value.appeal?.of, seen.value.appeal?.reason], [null, null]);
    assert.equal(await decide(desk, id, stranger, { accept: false }), 'decided');
    assert.equal(await appeal('machine-said-no'), 'already_appealed');
  });

  test('R23 what its author wrote stands in the database sealed', async () => {
    await appeal('sealed-words', '我叫王小明，身份证没有问题');
    assert.equal(isIn(await dumpOf(db), '王小明'), false);
  });
});
