import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { withdrawConsent } from '../../src/evidence/own-data/withdraw-consent.ts';
import { appealEvidence } from '../../src/evidence/pieces/appeal-evidence.ts';
import { evidenceOutcome } from '../../src/evidence/pieces/review-evidence.ts';
import { viewVerification } from '../../src/evidence/submissions/view-verification.ts';
import type { EvidenceId } from '../../src/kernel/ids.ts';
import { decideCase } from '../../src/review/decide-case.ts';
import { viewCase } from '../../src/review/view-case.ts';
import {
  askAll,
  type Claimant,
  declare,
  freshNumber,
  makeClaimant,
  makeEvidenceFixture,
  submit,
} from '../fixtures/evidence.ts';
import { makeReviewer } from '../fixtures/review.ts';

const fixture = await makeEvidenceFixture();
const { deps } = fixture;
const reviewer = await makeReviewer(deps.db);
const review = {
  ...deps,
  outcomes: {
    evidence: evidenceOutcome(deps),
    binding_request: evidenceOutcome(deps),
    correction: evidenceOutcome(deps),
  },
};

interface Appealed extends Claimant {
  readonly id: EvidenceId;
  readonly caseId: string;
  readonly number: string;
}

/** A card that the provider rejected, under appeal, and opened by a reviewer. */
async function makeAppealed(): Promise<Appealed> {
  const number = freshNumber('personal');
  const who = await makeClaimant(deps, { name: '张 不符', number });
  const id = await submit(fixture, who, 'id_front');
  await askAll(fixture);
  const appealed = await appealEvidence(deps, {
    evidenceId: id,
    by: who.account,
    text: '就是我本人的证件',
  });
  assert.ok(appealed.ok, appealed.ok ? '' : appealed.refusal.site);
  const { caseId } = appealed.value;
  expect((await viewCase(review, { caseId, reviewer })).ok).toBe(true);
  return { ...who, id, caseId, number };
}

const accept = async ({ caseId }: Appealed) => {
  const decided = await decideCase(review, {
    caseId,
    reviewer,
    accept: true,
    reason: 'the same face, the same name',
  });
  return decided.ok ? decided.value.state : decided.refusal.code;
};
const appealOf = async ({ account }: Appealed) => {
  const { groups } = await viewVerification(deps, { account });
  return groups
    .flatMap(({ pieces }) => pieces)
    .map(({ type, state, appeal }) => `${type} ${state} ${appeal}`);
};

test('an appeal is reviewed again after the account declares a new name [R23]', async () => {
  const card = await makeAppealed();
  await declare(deps, card.account, { name: '张 新名', number: card.number });
  expect(await accept(card)).toBe('not_looked_at');
  expect((await viewCase(review, { caseId: card.caseId, reviewer })).ok).toBe(true);
  expect(await accept(card)).toBe('decided');
  expect(await appealOf(card)).toStrictEqual(['id_front accepted upheld']);
});

test('declaring another owner drops appeals about earlier pieces [R1, R23]', async () => {
  const card = await makeAppealed();
  await declare(deps, card.account, { name: '李 另人', number: freshNumber('personal') });
  expect(await accept(card)).toBe('already_decided');
  const other = await makeClaimant(deps, { name: '张 不符' });
  const id = await submit(fixture, other, 'id_front');
  await askAll(fixture);
  await declare(deps, other.account, { name: '李 另人', number: freshNumber('personal') });
  const refused = await appealEvidence(deps, {
    evidenceId: id,
    by: other.account,
    text: '就是我本人的证件',
  });
  expect(!refused.ok && refused.refusal.code).toBe('nothing_to_appeal');
  for (const each of [card, { ...card, ...other }])
    expect(await appealOf(each)).toStrictEqual(['id_front rejected none']);
});

test('withdrawing the consent drops the appeal [R23]', async () => {
  const card = await makeAppealed();
  expect((await withdrawConsent(deps, { account: card.account, consent: 'biometrics' })).ok).toBe(
    true,
  );
  // a card is no biometric data
  expect(await appealOf(card)).toStrictEqual(['id_front rejected open']);
  expect(
    (await withdrawConsent(deps, { account: card.account, consent: 'identity_documents' })).ok,
  ).toBe(true);
  expect([await accept(card), await appealOf(card)]).toStrictEqual([
    'already_decided',
    ['id_front rejected none'],
  ]);
});
