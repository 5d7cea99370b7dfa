import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { revealClaim } from '../../src/evidence/claims/reveal-claim.ts';
import { correctionOutcome } from '../../src/evidence/corrections/handle-correction-decision.ts';
import { requestCorrection } from '../../src/evidence/corrections/request-correction.ts';
import { revealCorrection } from '../../src/evidence/corrections/reveal-correction.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { evidenceOutcome } from '../../src/evidence/pieces/review-evidence.ts';
import { refuteEvidence } from '../../src/evidence/submissions/invalidate-evidence.ts';
import type { AccountId, EvidenceId } from '../../src/kernel/ids.ts';
import { materialDueAfter } from '../../src/review/deadline.ts';
import { decideCase } from '../../src/review/decide-case.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { readClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  type Claimant,
  makeClaimant,
  makeEvidenceFixture,
  makePhoto,
} from '../fixtures/evidence.ts';
import { makeReviewer } from '../fixtures/review.ts';
import { dumpOf, isIn } from '../owners/dump.ts';
import { proveAll } from '../support/evidence.ts';

const fixture = await makeEvidenceFixture();
const { deps } = fixture;
const { db } = deps;
const reviewer = await makeReviewer(db);
const review = {
  ...deps,
  outcomes: {
    evidence: evidenceOutcome(deps),
    binding_request: evidenceOutcome(deps),
    correction: correctionOutcome(deps),
  },
};

/** A person whose name was proven as it is. */
async function makeProven(): Promise<Claimant & { readonly evidence: readonly EvidenceId[] }> {
  const who = await makeClaimant(deps);
  return { ...who, evidence: await proveAll(db, who) };
}

async function ask(
  account: AccountId,
  value: unknown,
  { field = 'name', photos = 1 }: { field?: 'name' | 'bank_account'; photos?: number } = {},
) {
  const uploads = await Promise.all(Array.from({ length: photos }, makePhoto));
  return await requestCorrection(deps, { account, field, value, uploads });
}

async function asked(
  account: AccountId,
  value: string,
): Promise<{ readonly caseId: string; readonly id: string }> {
  const answer = await ask(account, value);
  assert.ok(answer.ok, answer.ok ? '' : answer.refusal.site);
  const [row] = await db.query<{ id: string }>(
    sql`select id from corrections where account_id = ${account} and state = 'open'`,
  );
  return { caseId: answer.value.caseId, id: String(row?.id) };
}

async function decide(caseId: string, accept: boolean): Promise<void> {
  expect((await viewCase(review, { caseId, reviewer })).ok).toBe(true);
  const decided = await decideCase(review, { caseId, reviewer, accept, reason: '与户口簿一致' });
  expect(decided).toEqual(expect.objectContaining({ ok: true }));
}

const nameOf = async (account: AccountId) => {
  const name = await revealClaim(deps, {
    account,
    field: 'name',
    by: account,
    purpose: 'own_data',
  });
  return name.ok ? name.value : name.refusal.code;
};
const newsOf = async (account: AccountId) => (await findNotices(db, account))[0]?.what;
const sealedOf = async (id: string) =>
  await db.query(
    sql`select 1 from corrections where id = ${id} and (value is not null or for_owner is not null)`,
  );

describe('correcting what was proven', () => {
  test('an accepted correction replaces the owner’s name and is stored nowhere else', async () => {
    const { account } = await makeProven();
    const { caseId, id } = await asked(account, '测试 更名');
    const shown = await revealCorrection(deps, { correctionId: id, by: reviewer });
    expect(shown).toStrictEqual({
      ok: true,
      value: { field: 'name', kept: '测试 本人', wanted: '测试 更名' },
    });
    expect(await nameOf(account)).toBe('测试 本人');
    await decide(caseId, true);
    expect([await nameOf(account), await newsOf(account), await sealedOf(id)]).toStrictEqual([
      '测试 更名',
      'correction.accepted',
      [],
    ]);
    const gone = await revealCorrection(deps, { correctionId: id, by: reviewer });
    expect(!gone.ok && gone.refusal.code).toBe('unknown_correction');
  });

  test('a rejected correction changes nothing, and its value is deleted', async () => {
    const { account } = await makeProven();
    const { caseId, id } = await asked(account, '测试 他人');
    await decide(caseId, false);
    expect([await nameOf(account), await newsOf(account), await sealedOf(id)]).toStrictEqual([
      '测试 本人',
      'correction.rejected',
      [],
    ]);
  });

  test('a correction has a due date, and a field has one open correction [R4]', async () => {
    const { account } = await makeProven();
    const first = await ask(account, '测试 更名');
    expect(first.ok && first.value.due).toStrictEqual(
      materialDueAfter(await readClock(db), 'personal', deps.review),
    );
    const answers = await Promise.all([ask(account, '测试 又名'), ask(account, '测试 再名')]);
    for (const answer of answers)
      expect(!answer.ok && answer.refusal.code).toBe('already_under_way');
    // the photos of those were not kept
    expect(await db.query(sql`select 1 from orphaned_uploads`)).toStrictEqual([]);
  });

  test('a correction is refused without proof, field, document or valid name', async () => {
    const { account } = await makeProven();
    const claimant = await makeClaimant(deps);
    const codeOf = async (asking: ReturnType<typeof ask>) => {
      const answer = await asking;
      return answer.ok ? 'asked' : answer.refusal.code;
    };
    expect(await codeOf(ask(claimant.account, '测试 更名'))).toBe('not_verified');
    expect(await codeOf(ask(account, '6222000012345678', { field: 'bank_account' }))).toBe(
      'not_yours',
    );
    expect(await codeOf(ask(account, '测试 更名', { photos: 0 }))).toBe(
      'wrong_number_of_documents',
    );
    expect(await codeOf(ask(account, '测试 更名', { photos: 3 }))).toBe(
      'wrong_number_of_documents',
    );
    expect(await codeOf(ask(account, '  '))).toBe('malformed_value');
  });

  test('an account that lost its owner meanwhile corrects nothing [R1]', async () => {
    const { account, owner, evidence } = await makeProven();
    const { caseId } = await asked(account, '冒名 更名');
    expect(
      (
        await refuteEvidence(deps, {
          evidenceId: String(evidence[0]),
          by: reviewer,
          because: 'forged',
        })
      ).ok,
    ).toBe(true);
    await decide(caseId, true);
    const [row] = await db.query<{ state: string }>(
      sql`select state from corrections where account_id = ${account}`,
    );
    expect([row?.state, await newsOf(account)]).toStrictEqual(['rejected', 'correction.rejected']);
    expect(
      await db.query(
        sql`select 1 from owner_fields where owner_id = ${owner} and stored_at > (select max(requested_at) from corrections where account_id = ${account})`,
      ),
    ).toStrictEqual([]);
  });

  test('a stolen database holds neither the old nor the new value', async () => {
    const { account } = await makeProven();
    await asked(account, '金丝雀·更名');
    expect(isIn(await dumpOf(db), '金丝雀·更名')).toBe(false);
  });
});
