import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertEvidence, lockEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import { handleEvidenceCommand } from '../../src/evidence/pieces/handle-evidence-command.ts';
import { lockApplicant } from '../../src/evidence/pieces/requalify.ts';
import { evidenceOutcome, openEvidenceCase } from '../../src/evidence/pieces/review-evidence.ts';
import { withdrawPiece } from '../../src/evidence/submissions/withdraw-piece.ts';
import { newId } from '../../src/kernel/ids.ts';
import { recordRelative } from '../../src/owners/relatives.ts';
import { lockOpenCaseOf } from '../../src/review/cases.store.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { sql } from '../../src/store/sql.ts';
import { douyin } from '../policy/douyin-facts.ts';
import { decideUnseen, makeCase, makeDesk, makeReviewer } from '../review/desk.ts';
import { freshDatabase } from '../support/database.ts';
import { makeApplicant, makeClaimedOwner } from '../support/evidence.ts';
import { makeOwner } from '../support/people.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 50);
const { db } = await freshDatabase();
const desk = makeDesk(db);
const reviewers = await Promise.all(Array.from({ length: 4 }, () => makeReviewer(db)));

async function makeSeenCase(fourEyes: boolean) {
  const id = await makeCase(desk, { fourEyes });
  for (const reviewer of reviewers) await viewCase(desk, { caseId: id, reviewer });
  return id;
}

const settledOf = (id: string) => desk.settled.filter(({ caseId }) => caseId === id);

test(`R23 of four reviewers deciding at once exactly one decides, and what they decided is what follows (${ROUNDS} rounds)`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await makeSeenCase(false);
    const said = await Promise.all(
      reviewers.map((reviewer, at) =>
        decideUnseen(desk, id, reviewer, { accept: (round + at) % 2 === 0 }),
      ),
    );
    assert.deepEqual(
      [...said].sort(),
      ['already_decided', 'already_decided', 'already_decided', 'decided'],
      `round ${round}`,
    );
    const winner = said.indexOf('decided');
    const [row] = await db.query<{ decided_by: string; decision: string; opinions: number }>(sql`
      select decided_by, decision, (select count(*)::int from review_opinions where case_id = c.id) as opinions from review_cases c where id = ${id}`);
    const decision = (round + winner) % 2 === 0 ? 'accept' : 'reject';
    assert.deepEqual(row, { decided_by: reviewers[winner], decision, opinions: 1 });
    assert.deepEqual(
      settledOf(id).map(({ accept }) => accept),
      [decision === 'accept'],
    );
  }
});

test(`R23 of four reviewers accepting at once under four eyes one is first, another second, and it is settled once (${ROUNDS} rounds)`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await makeSeenCase(true);
    const said = await Promise.all(reviewers.map((reviewer) => decideUnseen(desk, id, reviewer)));
    assert.deepEqual(
      [...said].sort(),
      ['already_decided', 'already_decided', 'decided', 'half'],
      `round ${round}`,
    );
    assert.deepEqual(
      settledOf(id).map(({ reviewer }) => reviewer),
      [reviewers[said.indexOf('decided')]],
    );
  }
});

test(`R23 one reviewer accepting four times at once is one pair of eyes (${ROUNDS} rounds)`, async () => {
  const [reviewer] = reviewers as [(typeof reviewers)[number]];
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await makeSeenCase(true);
    const said = await Promise.all(
      Array.from({ length: 4 }, () => decideUnseen(desk, id, reviewer)),
    );
    assert.deepEqual(
      [...said].sort(),
      ['half', 'second_person_needed', 'second_person_needed', 'second_person_needed'],
      `round ${round}`,
    );
    assert.deepEqual(settledOf(id), []);
  }
});

test(`R23 a decision that races with a relation being recorded is over before it, or is not taken (${ROUNDS} rounds)`, async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const [own, other] = [await makeOwner(db), await makeOwner(db)];
    const reviewer = await makeReviewer(db, own);
    const id = await makeCase(desk, { owners: [other] });
    await viewCase(desk, { caseId: id, reviewer });
    const relate = async () =>
      await recordRelative(
        { db },
        { owner: other, relative: own, relation: 'spouse', by: 'system' },
      );
    const decide = async () => await decideUnseen(desk, id, reviewer);
    const [said] =
      round % 2 === 0
        ? await Promise.all([decide(), relate()])
        : (await Promise.all([relate(), decide()])).reverse();
    const [row] = await db.query<{ fair: boolean | null }>(sql`
      select (select at from audit_log where subject = ${id} and action = 'case.decided')
           < (select at from audit_log where subject = ${other} and action = 'relative.recorded') as fair`);
    assert.deepEqual(
      [said, row?.fair],
      said === 'decided' ? ['decided', true] : ['related_party', null],
      `round ${round}`,
    );
  }
});

test(`R5 R23 of a reviewer accepting and the owner withdrawing at once, the owner has the last word (${ROUNDS} rounds)`, async () => {
  const papers = { ...desk, outcomes: { ...desk.outcomes, evidence: evidenceOutcome } };
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
              'system',
            )
          ).ok,
      );
      await openEvidenceCase(tx, stored, douyin.review);
      return (await lockOpenCaseOf(tx, { kind: 'evidence', id }))?.id ?? assert.fail();
    });
    assert.ok((await viewCase(papers, { caseId, reviewer })).ok);
    const accept = async () => await decideUnseen(papers, caseId, reviewer);
    const withdraw = async () =>
      await db.transaction(
        async (tx) =>
          await withdrawPiece(tx, (await lockEvidence(tx, id)) ?? assert.fail(), account),
      );
    const both = round % 2 === 0 ? [accept(), withdraw()] : [withdraw(), accept()];
    const [said] = (await Promise.all(both)).sort((one) => (typeof one === 'string' ? -1 : 1));
    assert.ok(said === 'decided' || said === 'already_decided', `round ${round}: ${String(said)}`);
    const [row] = await db.query<{ state: string; cases: string }>(sql`
      select state, (select string_agg(state, ' ') from review_cases where subject_id = ${id}) as cases from evidence where id = ${id}`);
    assert.deepEqual(
      row,
      { state: 'withdrawn', cases: said === 'decided' ? 'decided' : 'dropped' },
      `round ${round}`,
    );
  }
});
