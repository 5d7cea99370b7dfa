import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { replaceClaim } from '../../src/evidence/claims/claims.store.ts';
import { appealEvidence } from '../../src/evidence/pieces/appeal-evidence.ts';
import {
  findEvidence,
  insertEvidence,
  lockEvidence,
} from '../../src/evidence/pieces/evidence.store.ts';
import type { EvidenceCommand } from '../../src/evidence/pieces/evidence.ts';
import { type EvidenceType, REQUIRED } from '../../src/evidence/pieces/evidence-type.ts';
import { handleEvidenceCommand } from '../../src/evidence/pieces/handle-evidence-command.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { lockApplicant } from '../../src/evidence/pieces/requalify.ts';
import { evidenceOutcome, openEvidenceCase } from '../../src/evidence/pieces/review-evidence.ts';
import { refuteEvidence } from '../../src/evidence/submissions/invalidate-evidence.ts';
import {
  type AccountId,
  type CaseId,
  type EvidenceId,
  newId,
  type OwnerId,
} from '../../src/kernel/ids.ts';
import { InstallationSecret } from '../../src/kernel/secrets.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';
import { materialDueAfter } from '../../src/review/deadline.ts';
import { decideCase } from '../../src/review/decide-case.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { advanceClock, readClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeReviewer } from '../fixtures/review.ts';
import { douyin } from '../policy/douyin-facts.ts';
import { freshDatabase } from '../support/database.ts';
import { makeApplicant, makeClaimedOwner, proveOne } from '../support/evidence.ts';

const { db } = await freshDatabase();
const secrets = new InstallationSecret(randomBytes(32));
const deps = { db, secrets, review: douyin.review, lifetimes: LIFETIMES };
const outcome = evidenceOutcome(deps);
const outcomes = { evidence: outcome, binding_request: outcome, correction: outcome };
const [anna, bert, cora, dora] = [
  await makeReviewer(db),
  await makeReviewer(db),
  await makeReviewer(db),
  await makeReviewer(db),
];

interface Paper {
  readonly id: EvidenceId;
  readonly account: AccountId;
  readonly owner: OwnerId;
}

interface Wanted {
  readonly kind?: 'personal' | 'special_industry';
  readonly type?: EvidenceType;
  readonly validUntil?: Date | null;
}

async function makePaper({
  kind = 'personal',
  type = 'id_front',
  validUntil = null,
}: Wanted = {}): Promise<Paper> {
  const account = await makeApplicant(db, kind);
  const owner = await makeClaimedOwner(db, kind === 'personal' ? 'person' : 'organisation');
  const id = newId('evi');
  await db.transaction(async (tx) => {
    await lockApplicant(tx, { accountId: account, ownerId: owner });
    await replaceClaim(tx, account, owner, []);
    await insertEvidence(tx, { id, accountId: account, ownerId: owner, type, validUntil });
  });
  return { id, account, owner };
}

async function tell(id: EvidenceId, commandAt: (now: Date) => EvidenceCommand): Promise<void> {
  await db.transaction(async (tx) => {
    const stored = await lockEvidence(tx, id);
    assert.ok(stored);
    const context = { actor: 'system', lifetimes: LIFETIMES };
    assert.ok((await handleEvidenceCommand(tx, stored, commandAt(stored.now), context)).ok);
  });
}

/** A piece that a provider rejected. */
async function rejectedByMachine(wanted: Wanted = {}): Promise<Paper> {
  const paper = await makePaper(wanted);
  await tell(paper.id, (now) => ({ type: 'examine', examiner: 'provider', now }));
  await tell(paper.id, (now) => ({
    type: 'reject',
    by: 'provider',
    reason: 'does_not_match',
    now,
  }));
  return paper;
}

async function decideAs(caseId: string, reviewer: AccountId, accept: boolean): Promise<string> {
  const review = { db, secrets, outcomes };
  const seen = await viewCase(review, { caseId, reviewer });
  if (!seen.ok) return seen.refusal.code;
  const decided = await decideCase(review, {
    caseId,
    reviewer,
    accept,
    reason: 'looked at it closely',
  });
  return decided.ok ? decided.value.state : decided.refusal.code;
}

const appeal = async ({ id, account }: Paper, by = account) =>
  await appealEvidence(deps, { evidenceId: id, by, text: '照片没有问题' });
const answerTo = async (paper: Paper, by?: AccountId) => {
  const appealed = await appeal(paper, by);
  return appealed.ok ? 'taken' : appealed.refusal.code;
};

async function appealed(paper: Paper): Promise<CaseId> {
  const taken = await appeal(paper);
  assert.ok(taken.ok, taken.ok ? '' : taken.refusal.site);
  return taken.value.caseId;
}

const stateOf = async ({ id }: Paper) => {
  const piece = (await findEvidence(db, id))?.evidence;
  return piece?.state === 'rejected' ? `rejected: ${piece.reason}` : piece?.state;
};
const noticesOf = async ({ account }: Paper) =>
  (await findNotices(db, account)).map(({ what, reason }) => [what, reason]);

describe('an appeal against a rejected piece of evidence', () => {
  test('an appeal against a provider’s rejection goes to a person [R3, R23]', async () => {
    const paper = await rejectedByMachine();
    const { account, owner } = paper;
    for (const [type] of REQUIRED.personal.filter(([type]) => type !== 'id_front'))
      await proveOne(db, { account, owner, type });
    expect((await findAccount(db, account))?.qualification).toBe('none');
    expect(await decideAs(await appealed(paper), anna, true)).toBe('decided');
    expect([await stateOf(paper), (await findAccount(db, account))?.qualification]).toStrictEqual([
      'accepted',
      'verified',
    ]);
    expect((await noticesOf(paper))[0]).toStrictEqual(['appeal.upheld', null]);
  });

  test('an appeal against a reviewer goes to another one, with a due date [R4, R23]', async () => {
    const paper = await makePaper({ kind: 'special_industry', type: 'industry_permit' });
    await tell(paper.id, (now) => ({ type: 'examine', examiner: 'person', now }));
    await db.transaction(async (tx) => {
      const stored = await lockEvidence(tx, paper.id);
      assert.ok(stored);
      await openEvidenceCase(tx, stored, douyin.review);
    });
    const [first] = await db.query<{ id: string; four_eyes: boolean }>(
      sql`select id, four_eyes from review_cases where subject_id = ${paper.id}`,
    );
    assert.ok(first?.four_eyes);
    expect(await decideAs(first.id, anna, false)).toBe('decided');
    expect(await stateOf(paper)).toBe('rejected: not_accepted');

    const taken = await appeal(paper);
    assert.ok(taken.ok);
    const due = materialDueAfter(await readClock(db), 'special_industry', douyin.review);
    expect([taken.value.due, (await findEvidence(db, paper.id))?.dueAt]).toStrictEqual([due, due]);
    const { caseId } = taken.value;
    expect(await decideAs(caseId, anna, true)).toBe('own_decision');
    expect(await decideAs(caseId, bert, true)).toBe('decided');
    expect(await stateOf(paper)).toBe('accepted');
  });

  test('an appeal about special-industry evidence needs two reviewers [R23]', async () => {
    const paper = await rejectedByMachine({ kind: 'special_industry', type: 'industry_permit' });
    const caseId = await appealed(paper);
    expect([await decideAs(caseId, bert, true), await stateOf(paper)]).toStrictEqual([
      'half',
      'rejected: does_not_match',
    ]);
    expect([await decideAs(caseId, cora, true), await stateOf(paper)]).toStrictEqual([
      'decided',
      'accepted',
    ]);
  });

  test('a dismissed appeal keeps the rejection, sends a notice, and is the last [R23]', async () => {
    const paper = await rejectedByMachine();
    expect(await decideAs(await appealed(paper), anna, false)).toBe('decided');
    expect(await stateOf(paper)).toBe('rejected: does_not_match');
    expect((await noticesOf(paper))[0]).toStrictEqual(['appeal.dismissed', 'not_accepted']);
    expect(await answerTo(paper)).toBe('already_appealed');
  });

  test('an appeal does not accept a piece that ran out while it waited [R5, R23]', async () => {
    const validUntil = new Date((await readClock(db)).getTime() + 3_600_000);
    const paper = await rejectedByMachine({ validUntil });
    const caseId = await appealed(paper);
    await advanceClock(db, 'PT2H');
    expect(await decideAs(caseId, anna, true)).toBe('decided');
    expect(await stateOf(paper)).toBe('rejected: does_not_match');
    expect((await noticesOf(paper))[0]).toStrictEqual(['appeal.dismissed', 'out_of_date']);
  });

  test('staff who found a piece false may not decide its appeal [R5, R23]', async () => {
    const paper = await makePaper();
    await tell(paper.id, (now) => ({ type: 'examine', examiner: 'person', now }));
    await tell(paper.id, (now) => ({ type: 'accept', by: 'person', validUntil: null, now }));
    expect(
      (await refuteEvidence(deps, { evidenceId: paper.id, by: dora, because: 'forged' })).ok,
    ).toBe(true);
    const caseId = await appealed(paper);
    expect([
      await decideAs(caseId, dora, false),
      await decideAs(caseId, bert, true),
      await stateOf(paper),
    ]).toStrictEqual(['own_decision', 'decided', 'accepted']);
  });

  test('an appeal is possible once, within thirty days, by the piece’s account [R23]', async () => {
    const paper = await rejectedByMachine();
    const other = await rejectedByMachine();
    expect(await answerTo(paper, other.account)).toBe('unknown_evidence');
    expect(await answerTo({ ...paper, id: 'evi_nowhere' as EvidenceId })).toBe('unknown_evidence');
    expect(await answerTo(await makePaper())).toBe('nothing_to_appeal');
    const wordless = await appealEvidence(deps, {
      evidenceId: paper.id,
      by: paper.account,
      text: '   ',
    });
    expect(!wordless.ok && wordless.refusal.code).toBe('text_missing');
    await advanceClock(db, 'P29D');
    const answers = await Promise.all(Array.from({ length: 10 }, () => answerTo(paper)));
    expect(answers.sort()).toStrictEqual([
      ...Array.from({ length: 9 }, () => 'already_appealed'),
      'taken',
    ]);
    await advanceClock(db, 'P1D');
    expect(await answerTo(other)).toBe('too_late');
  });

  test('a failed deposit or a missed signing cannot be appealed [R23]', async () => {
    const account = await makeApplicant(db, 'enterprise');
    const owner = await makeClaimedOwner(db, 'organisation');
    const id = newId('evi');
    await db.transaction(async (tx) => {
      await lockApplicant(tx, { accountId: account, ownerId: owner });
      await replaceClaim(tx, account, owner, []);
      await insertEvidence(tx, {
        id,
        accountId: account,
        ownerId: owner,
        type: 'bank_micro_deposit',
        validUntil: null,
      });
    });
    await tell(id, (now) => ({ type: 'examine', examiner: 'provider', now }));
    await tell(id, (now) => ({ type: 'reject', by: 'provider', reason: 'not_confirmed', now }));
    expect(await answerTo({ id, account, owner })).toBe('nothing_to_appeal');
  });
});
