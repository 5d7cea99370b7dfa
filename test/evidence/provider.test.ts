import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { findEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import type { EvidenceType } from '../../src/evidence/pieces/evidence-type.ts';
import { evidenceOutcome } from '../../src/evidence/pieces/review-evidence.ts';
import { SIGNATURE_HEADER, sign } from '../../src/evidence/provider/signature.ts';
import {
  type CheckResult,
  ProviderUnavailable,
} from '../../src/evidence/provider/verification-provider.ts';
import { ANSWERS_PATH, writeAnswer } from '../../src/evidence/provider/wire.ts';
import { withdrawEvidence } from '../../src/evidence/submissions/invalidate-evidence.ts';
import {
  claimSubmissions,
  secondsToNextSubmission,
} from '../../src/evidence/submissions/submissions.store.ts';
import { submitForAccount } from '../../src/evidence/submissions/submit-evidence.ts';
import { submitPendingEvidence } from '../../src/evidence/submissions/submit-pending-evidence.ts';
import type { EvidenceId } from '../../src/kernel/ids.ts';
import { decideCase } from '../../src/review/decide-case.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askAll,
  type Claimant,
  KEY,
  makeClaimant,
  makeEvidenceFixture,
  makePhoto,
  submit,
} from '../fixtures/evidence.ts';
import { makeApplicant } from '../support/evidence.ts';

const fixture = await makeEvidenceFixture();
const { deps, callbackBase, storageFolder } = fixture;
const photo = await makePhoto();
/** The marker and length of a table in all our photos; long enough not to occur by chance. */
const QUANTISATION = Buffer.from([0xff, 0xdb, 0x00, 0x43, 0x00]);

const pieceOf = async (id: EvidenceId) => (await findEvidence(deps.db, id))?.evidence;

async function answer(
  id: EvidenceId,
  result: CheckResult,
  changes: { key?: Buffer; at?: Date; nonce?: string; path?: string } = {},
): Promise<number> {
  const body = writeAnswer({ id, result, validUntil: null });
  const stamp = {
    now: changes.at ?? new Date(),
    nonce: changes.nonce ?? randomBytes(16).toString('base64url'),
  };
  const signature = sign(
    changes.key ?? KEY,
    { method: 'POST', path: changes.path ?? ANSWERS_PATH, body },
    stamp,
  );
  const response = await fetch(`${callbackBase}${ANSWERS_PATH}`, {
    method: 'POST',
    body,
    headers: { [SIGNATURE_HEADER]: signature },
  });
  return response.status;
}

describe('evidence that a provider checks', () => {
  test('a person is verified by both sides of an ID card and a face match [R3]', async () => {
    const who = await makeClaimant(deps);
    const ids = [
      await submit(fixture, who, 'id_front'),
      await submit(fixture, who, 'id_back'),
      await submit(fixture, who, 'face_match'),
    ];
    expect((await findAccount(deps.db, who.account))?.qualification).toBe('in_review');
    await askAll(fixture);
    for (const id of ids) expect((await pieceOf(id))?.state).toBe('accepted');
    const account = await findAccount(deps.db, who.account);
    expect([account?.qualification, account?.ownerId]).toStrictEqual(['verified', who.owner]);
  });

  // biome-ignore format: a table is read by its columns
  const FOUND = [
    ['张 不符', 'does_not_match'],
    ['张 查无', 'not_on_record'],
    ['张 模糊', 'unreadable'],
  ] as const;
  for (const [name, reason] of FOUND) {
    test(`a provider’s result for “${name}” rejects the piece: ${reason} [R3]`, async () => {
      const who = await makeClaimant(deps, { name });
      const id = await submit(fixture, who, 'id_front');
      await askAll(fixture);
      const piece = await pieceOf(id);
      expect(piece?.state === 'rejected' && piece.reason).toBe(reason);
    });
  }

  test('a piece that the provider cannot decide goes to a person [R3]', async () => {
    const who = await makeClaimant(deps, { name: '张 待定' });
    const id = await submit(fixture, who, 'id_front');
    await askAll(fixture);
    expect((await pieceOf(id))?.state).toBe('checking');
    const reviewer = await makeApplicant(deps.db);
    await deps.db.query(sql`update accounts set roles = '{reviewer}' where id = ${reviewer}`);
    const [open] = await deps.db.query<{ id: string }>(
      sql`select id from review_cases where subject_id = ${id} and state = 'open'`,
    );
    const desk = {
      ...deps,
      outcomes: {
        evidence: evidenceOutcome(deps),
        binding_request: evidenceOutcome(deps),
        correction: evidenceOutcome(deps),
      },
    };
    expect((await viewCase(desk, { caseId: String(open?.id), reviewer })).ok).toBe(true);
    const decided = await decideCase(desk, {
      caseId: String(open?.id),
      reviewer,
      accept: true,
      reason: '与原件一致',
    });
    expect(decided.ok).toBe(true);
    const piece = await pieceOf(id);
    expect(piece?.state === 'accepted' && piece.examiner).toBe('person');
  });

  test('a provider is asked again after an hour’s outage [R3]', async () => {
    const who = await makeClaimant(deps);
    const id = await submit(fixture, who, 'id_front');
    const ask = async () => await Promise.reject(new ProviderUnavailable('down'));
    const down = { ...deps, provider: { ask } };
    let failures = 0;
    for (let minutes = 0; minutes < 60; minutes += 5) {
      await submitPendingEvidence(down, () => (failures += 1));
      await advanceClock(deps.db, 'PT5M');
    }
    expect([
      `asked ${failures} times within the hour`,
      failures >= 4 && failures <= 8,
    ]).toStrictEqual([`asked ${failures} times within the hour`, true]);
    expect((await pieceOf(id))?.state).toBe('checking');
    await askAll(fixture);
    expect((await pieceOf(id))?.state).toBe('accepted');
  });

  test('the pauses between unanswered questions grow, and the last repeats [R3]', async () => {
    const { account } = await makeClaimant(deps);
    const id = await submit(fixture, { account }, 'id_front');
    const pauses: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      expect(await claimSubmissions(deps, 20)).toStrictEqual([id]);
      expect(await claimSubmissions(deps, 20)).toStrictEqual([]);
      const seconds = (await secondsToNextSubmission(deps.db)) ?? 0;
      pauses.push(30 * Math.ceil(seconds / 30)); // the clock went on since
      await advanceClock(deps.db, `PT${Math.ceil(seconds)}S`);
    }
    expect(pauses).toStrictEqual([30, 60, 120, 240, 480, 900, 900, 900]);
    await askAll(fixture);
  });
});

describe('callbacks of a provider', () => {
  /** A question that the provider has got, and whose answer the test writes. */
  async function asked(): Promise<{ id: EvidenceId; who: Claimant }> {
    const who = await makeClaimant(deps);
    const id = await submit(fixture, who, 'id_front');
    await submitPendingEvidence({ ...deps, provider: { ask: async () => 'pending' } }, (error) =>
      assert.fail(String(error)),
    );
    return { id, who };
  }

  test('forged, stale, future and redirected callbacks are refused', async () => {
    const { id } = await asked();
    const minutes = (n: number) => new Date(Date.now() + n * 60_000);
    const statuses = [
      await answer(id, 'match', { key: randomBytes(32) }),
      await answer(id, 'match', { at: minutes(-6) }),
      await answer(id, 'match', { at: minutes(6) }),
      await answer(id, 'match', { path: '/v1/checks' }),
      await answer(id, 'match', { nonce: 'short' }),
    ];
    expect(new Set(statuses)).toStrictEqual(new Set([409]));
    expect((await pieceOf(id))?.state).toBe('checking');
    expect(await answer(id, 'match')).toBe(204);
    expect((await pieceOf(id))?.state).toBe('accepted');
  });

  test('a replayed callback is refused, also ten at once', async () => {
    const { id } = await asked();
    const nonce = randomBytes(16).toString('base64url');
    const statuses = await Promise.all(
      Array.from({ length: 10 }, () => answer(id, 'unreadable', { nonce })),
    );
    expect(statuses.filter((status) => status === 204).length).toBe(1);
  });

  test('of callbacks out of order the first counts, and later ones change nothing', async () => {
    const { id } = await asked();
    expect([
      await answer(id, 'match'),
      await answer(id, 'mismatch'),
      await answer(id, 'sent'),
      await answer(id, 'undecided'),
    ]).toStrictEqual([204, 204, 204, 204]);
    expect((await pieceOf(id))?.state).toBe('accepted');
  });

  test('an answer after the withdrawal changes nothing [R5]', async () => {
    const { id, who } = await asked();
    expect((await withdrawEvidence(deps, { evidenceId: id, by: who.account })).ok).toBe(true);
    expect(await answer(id, 'match')).toBe(204);
    expect((await pieceOf(id))?.state).toBe('withdrawn');
  });

  test('a callback about an unknown piece is refused', async () => {
    expect(
      await answer(`evi_${randomBytes(16).toString('base64url')}` as EvidenceId, 'match'),
    ).toBe(409);
  });
});

describe('submitting evidence', () => {
  test('a wrong type, document count or date, or a second open piece is refused [R3]', async () => {
    const who = await makeClaimant(deps);
    const bring = async (
      type: EvidenceType,
      uploads: readonly Buffer[],
      validUntil: Date | null = null,
    ) => {
      const submitted = await submitForAccount(deps, {
        account: who.account,
        type,
        validUntil,
        uploads,
      });
      return submitted.ok ? 'taken' : submitted.refusal.code;
    };
    expect(await bring('business_licence', [photo])).toBe('not_asked_for');
    expect(await bring('id_front', [])).toBe('wrong_number_of_documents');
    expect(await bring('id_front', [photo, photo])).toBe('wrong_number_of_documents');
    expect(await bring('id_front', [photo], new Date(0))).toBe('out_of_date');
    expect(await bring('id_front', [Buffer.from('MZ\x90')])).toBe('not_accepted_type');
    expect(await bring('id_front', [photo])).toBe('taken');
    expect(await bring('id_front', [photo])).toBe('already_under_way');
  });

  test('a refused document leaves nothing in the storage; accepted ones are sealed', async () => {
    const who = await makeClaimant(deps);
    expect(photo.includes(QUANTISATION)).toBe(true);
    const before = (await readdir(storageFolder)).length;
    await submit(fixture, who, 'id_front');
    await submitForAccount(deps, {
      account: who.account,
      type: 'id_front',
      validUntil: null,
      uploads: [photo],
    });
    const names = await readdir(storageFolder);
    expect(names.length).toBe(before + 1);
    for (const name of names) {
      expect(name).toMatch(/^doc_[\w-]{22}$/);
      expect((await readFile(join(storageFolder, name))).includes(QUANTISATION)).toBe(false);
    }
  });
});
