import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { insertEvidence, lockEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import { handleEvidenceCommand } from '../../src/evidence/pieces/handle-evidence-command.ts';
import { lockApplicant } from '../../src/evidence/pieces/requalify.ts';
import { evidenceOutcome, openEvidenceCase } from '../../src/evidence/pieces/review-evidence.ts';
import { withdrawPiece } from '../../src/evidence/submissions/withdraw-piece.ts';
import { newId } from '../../src/kernel/ids.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { recordRelative } from '../../src/owners/relatives.ts';
import { lockOpenCaseOf } from '../../src/review/cases.store.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { sql } from '../../src/store/sql.ts';
import { decideUnseen, makeCase, makeReviewer, makeReviewFixture } from '../fixtures/review.ts';
import { douyin } from '../policy/douyin-facts.ts';
import { freshDatabase } from '../support/database.ts';
import { makeApplicant, makeClaimedOwner } from '../support/evidence.ts';
import { makeOwner } from '../support/people.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 50);
const { db } = await freshDatabase();
const review = makeReviewFixture(db);
const reviewers = await Promise.all(Array.from({ length: 4 }, () => makeReviewer(db)));

async function makeSeenCase(fourEyes: boolean) {
  const id = await makeCase(review, { fourEyes });
  for (const reviewer of reviewers) await viewCase(review, { caseId: id, reviewer });
  return id;
}

const settledOf = (id: string) => review.settled.filter(({ caseId }) => caseId === id);

test('of four concurrent decisions exactly one counts [R23]', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await makeSeenCase(false);
    const said = await Promise.all(
      reviewers.map((reviewer, at) =>
        decideUnseen(review, id, reviewer, { accept: (round + at) % 2 === 0 }),
      ),
    );
    expect([`round ${round}`, [...said].sort()]).toStrictEqual([
      `round ${round}`,
      ['already_decided', 'already_decided', 'already_decided', 'decided'],
    ]);
    const winner = said.indexOf('decided');
    const [row] = await db.query<{ decided_by: string; decision: string; opinions: number }>(sql`
      select decided_by, decision, (select count(*)::int from review_opinions where case_id = c.id) as opinions from review_cases c where id = ${id}`);
    const decision = (round + winner) % 2 === 0 ? 'accept' : 'reject';
    expect(row).toStrictEqual({ decided_by: reviewers[winner], decision, opinions: 1 });
    expect(settledOf(id).map(({ accept }) => accept)).toStrictEqual([decision === 'accept']);
  }
});

test('under four eyes two of four concurrent acceptances count, each once [R23]', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await makeSeenCase(true);
    const said = await Promise.all(reviewers.map((reviewer) => decideUnseen(review, id, reviewer)));
    expect([`round ${round}`, [...said].sort()]).toStrictEqual([
      `round ${round}`,
      ['already_decided', 'already_decided', 'decided', 'half'],
    ]);
    expect(settledOf(id).map(({ reviewer }) => reviewer)).toStrictEqual([
      reviewers[said.indexOf('decided')],
    ]);
  }
});

test('a reviewer who accepts four times at once counts as one [R23]', async () => {
  const [reviewer] = reviewers as [(typeof reviewers)[number]];
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await makeSeenCase(true);
    const said = await Promise.all(
      Array.from({ length: 4 }, () => decideUnseen(review, id, reviewer)),
    );
    expect([`round ${round}`, [...said].sort()]).toStrictEqual([
      `round ${round}`,
      ['half', 'second_person_needed', 'second_person_needed', 'second_person_needed'],
    ]);
    expect(settledOf(id)).toStrictEqual([]);
  }
});

test('a decision never counts after a relation of the reviewer is recorded [R23]', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [own, other] = [await makeOwner(db), await makeOwner(db)];
    const reviewer = await makeReviewer(db, own);
    const id = await makeCase(review, { owners: [other] });
    await viewCase(review, { caseId: id, reviewer });
    const relate = async () =>
      await recordRelative(
        { db },
        { owner: other, relative: own, relation: 'spouse', by: 'system' },
      );
    const decide = async () => await decideUnseen(review, id, reviewer);
    const [said] =
      round % 2 === 0
        ? await Promise.all([decide(), relate()])
        : (await Promise.all([relate(), decide()])).reverse();
    const [row] = await db.query<{ fair: boolean | null }>(sql`
      select (select at from audit_log where subject = ${id} and action = 'case.decided')
           < (select at from audit_log where subject = ${other} and action = 'relative.recorded') as fair`);
    expect([`round ${round}`, [said, row?.fair]]).toStrictEqual([
      `round ${round}`,
      said === 'decided' ? ['decided', true] : ['related_party', null],
    ]);
  }
});

test('an owner’s withdrawal wins over a concurrent acceptance [R5, R23]', async () => {
  const context = { actor: 'system', lifetimes: LIFETIMES };
  const papers = {
    ...review,
    outcomes: { ...review.outcomes, evidence: evidenceOutcome(context) },
  };
  const [reviewer] = reviewers as [(typeof reviewers)[number]];
  for (let round = 0; round < ROUNDS; round += 1) {
    const account = await makeApplicant(db);
    const owner = await makeClaimedOwner(db);
    const id = newId('evi');
    const caseId = await db.transaction(async (tx) => {
      await lockApplicant(tx, { accountId: account, ownerId: owner });
      await insertEvidence(tx, {
        id,
        accountId: account,
        ownerId: owner,
        type: 'person_check',
        validUntil: null,
      });
      const stored = await lockEvidence(tx, id);
      assert.ok(
        stored &&
          (
            await handleEvidenceCommand(
              tx,
              stored,
              { type: 'examine', examiner: 'person', now: stored.now },
              context,
            )
          ).ok,
      );
      await openEvidenceCase(tx, stored, douyin.review);
      return (await lockOpenCaseOf(tx, { kind: 'evidence', id }))?.id ?? assert.fail();
    });
    expect((await viewCase(papers, { caseId, reviewer })).ok).toBe(true);
    const accept = async () => await decideUnseen(papers, caseId, reviewer);
    const withdraw = async () =>
      await db.transaction(
        async (tx) =>
          await withdrawPiece(tx, (await lockEvidence(tx, id)) ?? assert.fail(), {
            ...context,
            actor: account,
          }),
      );
    const both = round % 2 === 0 ? [accept(), withdraw()] : [withdraw(), accept()];
    const [said] = (await Promise.all(both)).sort((one) => (typeof one === 'string' ? -1 : 1));
    expect([
      `round ${round}: ${String(said)}`,
      said === 'decided' || said === 'already_decided',
    ]).toStrictEqual([`round ${round}: ${String(said)}`, true]);
    const [row] = await db.query<{ state: string; cases: string }>(sql`
      select state, (select string_agg(state, ' ') from review_cases where subject_id = ${id}) as cases from evidence where id = ${id}`);
    expect([`round ${round}`, row]).toStrictEqual([
      `round ${round}`,
      { state: 'withdrawn', cases: said === 'decided' ? 'decided' : 'dropped' },
    ]);
  }
});
