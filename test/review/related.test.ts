import { describe, expect, test } from '@jest/globals';
import type { OwnerId } from '../../src/kernel/ids.ts';
import { verifyAffiliation, withdrawAffiliation } from '../../src/owners/affiliation.ts';
import { findRelatives } from '../../src/owners/relatives.store.ts';
import { forgetRelative, recordRelative } from '../../src/owners/relatives.ts';
import { openAppeal } from '../../src/review/open-appeal.ts';
import { openCases } from '../../src/review/open-cases.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { readClock } from '../../src/store/clock.store.ts';
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
import { makeAccount, makeOwner } from '../support/people.ts';

const { db } = await freshDatabase();
const review = makeReviewFixture(db);
const stranger = await makeReviewer(db, await makeOwner(db));

const relate = async (owner: OwnerId, relative: OwnerId) =>
  await recordRelative(review, { owner, relative, relation: 'sibling', by: 'system' });

/** Whether the queue lists the case, and the answers to viewing and deciding it. */
async function accessOf(
  caseId: Awaited<ReturnType<typeof makeCase>>,
  reviewer: typeof stranger,
): Promise<readonly unknown[]> {
  const queue = await openCases(review, { reviewer });
  const seen = await viewCase(review, { caseId, reviewer });
  const listed = queue.ok && queue.value.cases.some(({ id }) => id === caseId);
  return [
    listed,
    seen.ok ? 'seen' : seen.refusal.code,
    await decideUnseen(review, caseId, reviewer),
  ];
}

const SHUT = [false, 'related_party', 'related_party'];

describe('a reviewer neither sees nor decides a case', () => {
  test('a reviewer cannot handle a case of their own owner; others can [R23]', async () => {
    const owner = await makeOwner(db);
    const id = await makeCase(review, { owners: [await makeOwner(db), owner] });
    expect(await accessOf(id, await makeReviewer(db, owner))).toStrictEqual(SHUT);
    expect(await accessOf(id, stranger)).toStrictEqual([true, 'seen', 'decided']);
  });

  test('a reviewer cannot handle a case of their own account [R23]', async () => {
    const reviewer = await makeReviewer(db);
    const id = await makeCase(review, { applicant: reviewer, owners: [await makeOwner(db)] });
    expect(await accessOf(id, reviewer)).toStrictEqual(SHUT);
  });

  for (const [named, pair] of [
    ['first', (own: OwnerId, other: OwnerId) => [own, other]],
    ['second', (own: OwnerId, other: OwnerId) => [other, own]],
  ] as const) {
    test(`a reviewer listed ${named} cannot handle a relative’s case until delisted [R23]`, async () => {
      const [own, other] = [await makeOwner(db), await makeOwner(db)];
      const [one, two] = pair(own, other) as [OwnerId, OwnerId];
      const reviewer = await makeReviewer(db, own);
      const id = await makeCase(review, { owners: [other] });
      expect((await relate(one, two)).ok).toBe(true);
      expect(await accessOf(id, reviewer)).toStrictEqual(SHUT);
      expect((await forgetRelative(review, { owner: two, relative: one, by: 'system' })).ok).toBe(
        true,
      );
      expect(await accessOf(id, reviewer)).toStrictEqual([true, 'seen', 'decided']);
    });
  }

  test('reviewers cannot handle a parent’s or subsidiary’s case during the tie [R23]', async () => {
    const [parent, subsidiary] = [
      await makeOwner(db, 'organisation'),
      await makeOwner(db, 'organisation'),
    ];
    const tie = { parent, subsidiary, by: 'system' };
    await db.transaction((tx) => verifyAffiliation(tx, { ...tie, evidence: 'evi_1' }));
    const ofParent = await makeCase(review, { owners: [parent] });
    const ofSubsidiary = await makeCase(review, { owners: [subsidiary] });
    expect(await accessOf(ofSubsidiary, await makeReviewer(db, parent))).toStrictEqual(SHUT);
    expect(await accessOf(ofParent, await makeReviewer(db, subsidiary))).toStrictEqual(SHUT);
    await db.transaction((tx) => withdrawAffiliation(tx, { ...tie, because: 'sold' }));
    expect(await accessOf(ofParent, await makeReviewer(db, subsidiary))).toStrictEqual([
      true,
      'seen',
      'decided',
    ]);
  });

  test('a reviewer cannot decide once they became a relative after viewing [R23]', async () => {
    const [own, other] = [await makeOwner(db), await makeOwner(db)];
    const reviewer = await makeReviewer(db, own);
    const id = await makeCase(review, { owners: [other] });
    expect((await viewCase(review, { caseId: id, reviewer })).ok).toBe(true);
    await relate(own, other);
    expect(await decideUnseen(review, id, reviewer)).toBe('related_party');
  });
});

describe('recorded relatives', () => {
  test('relatives are two known owners, stored once a pair and audited [R23]', async () => {
    const [one, two] = [await makeOwner(db), await makeOwner(db)];
    expect((await relate(one, two)).ok).toBe(true);
    expect(
      (await recordRelative(review, { owner: two, relative: one, relation: 'spouse', by: 'acc_1' }))
        .ok,
    ).toBe(true);
    for (const [own, other] of [
      [one, two],
      [two, one],
    ] as const) {
      expect(
        (await findRelatives(db, own)).map(({ owner, relation, recordedBy }) => [
          owner,
          relation,
          recordedBy,
        ]),
      ).toStrictEqual([[other, 'spouse', 'acc_1']]);
    }
    const codes = await Promise.all([
      relate(one, one),
      relate(one, 'own_nobody' as OwnerId),
      forgetRelative(review, { owner: one, relative: await makeOwner(db), by: 'system' }),
    ]);
    expect(codes.map((each) => !each.ok && each.refusal.code)).toStrictEqual([
      'same_owner',
      'unknown_owner',
      'not_related',
    ]);
    const rows = await db.query<{ action: string }>(
      sql`select action from audit_log where subject in (${one}, ${two}) order by seq`,
    );
    expect(rows.map(({ action }) => action)).toStrictEqual([
      'relative.recorded',
      'relative.recorded',
    ]);
  });
});

describe('an appeal against a decision', () => {
  async function appeal(subjectId: string, text = '执照是真的，请再看一次'): Promise<string> {
    const now = await readClock(db);
    const by = await makeAccount(db, null);
    const opened = await db.transaction((tx) =>
      openAppeal(tx, review, {
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

  test('nobody who had a say in a decision sees or decides its appeal [R23]', async () => {
    const [anna, bert, cora] = [
      await makeReviewer(db),
      await makeReviewer(db),
      await makeReviewer(db),
    ];
    const id = await makeCase(review, { fourEyes: true, subjectId: 'clinic-licence' });
    await decide(review, id, anna);
    await decide(review, id, bert, { accept: false, reason: 'the seal is blurred' });
    const appealed = (await appeal('clinic-licence')) as typeof id;
    for (const reviewer of [anna, bert])
      expect(await accessOf(appealed, reviewer)).toStrictEqual([
        false,
        'own_decision',
        'own_decision',
      ]);
    const seen = await viewCase(review, { caseId: appealed, reviewer: cora });
    expect(seen.ok && seen.value.appeal).toStrictEqual({
      of: id,
      reason: 'the seal is blurred',
      text: '执照是真的，请再看一次',
    });
    expect(await decide(review, appealed, cora)).toBe('decided');
    expect(review.settled.at(-1)).toStrictEqual({
      caseId: appealed,
      subjectId: 'clinic-licence',
      accept: true,
      reviewer: cora,
      appeal: true,
    });
  });

  test('an appeal is made once, with a reason; anybody decides an automatic one [R23]', async () => {
    expect(await appeal('machine-said-no', '  a ')).toBe('text_missing');
    const id = (await appeal('machine-said-no')) as Awaited<ReturnType<typeof makeCase>>;
    expect(await appeal('machine-said-no')).toBe('already_appealed');
    const seen = await viewCase(review, { caseId: id, reviewer: stranger });
    expect(seen.ok && [seen.value.appeal?.of, seen.value.appeal?.reason]).toStrictEqual([
      null,
      null,
    ]);
    expect(await decide(review, id, stranger, { accept: false })).toBe('decided');
    expect(await appeal('machine-said-no')).toBe('already_appealed');
  });

  test('the text of an appeal is stored sealed', async () => {
    await appeal('sealed-words', '我叫王小明，身份证没有问题');
    expect(isIn(await dumpOf(db), '王小明')).toBe(false);
  });
});
