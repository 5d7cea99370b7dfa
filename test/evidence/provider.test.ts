import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
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
import { submitForAccount } from '../../src/evidence/submissions/submit-evidence.ts';
import { submitPendingEvidence } from '../../src/evidence/submissions/submit-pending-evidence.ts';
import type { EvidenceId } from '../../src/kernel/ids.ts';
import { decideCase } from '../../src/review/decide-case.ts';
import { viewCase } from '../../src/review/view-case.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeApplicant } from '../support/evidence.ts';
import { askAll, type Claimant, KEY, makeClaimant, makePhoto, makeStand, submit } from './stand.ts';

const stand = await makeStand();
const { deps, callbackBase, storageFolder } = stand;
const photo = await makePhoto();
/** The marker and length of a table that every photo of ours has; long enough not to come about by chance. */
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
      await submit(stand, who, 'id_front'),
      await submit(stand, who, 'id_back'),
      await submit(stand, who, 'face_match'),
    ];
    assert.equal((await findAccount(deps.db, who.account))?.qualification, 'in_review');
    await askAll(stand);
    for (const id of ids) assert.equal((await pieceOf(id))?.state, 'accepted');
    const account = await findAccount(deps.db, who.account);
    assert.deepEqual([account?.qualification, account?.ownerId], ['verified', who.owner]);
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
      const id = await submit(stand, who, 'id_front');
      await askAll(stand);
      const piece = await pieceOf(id);
      assert.equal(piece?.state === 'rejected' && piece.reason, reason);
    });
  }

  test('a piece that the provider cannot decide goes to a person [R3]', async () => {
    const who = await makeClaimant(deps, { name: '张 待定' });
    const id = await submit(stand, who, 'id_front');
    await askAll(stand);
    assert.equal((await pieceOf(id))?.state, 'checking');
    const reviewer = await makeApplicant(deps.db);
    await deps.db.query(sql`update accounts set roles = '{reviewer}' where id = ${reviewer}`);
    const [open] = await deps.db.query<{ id: string }>(
      sql`select id from review_cases where subject_id = ${id} and state = 'open'`,
    );
    const desk = {
      ...deps,
      outcomes: {
        evidence: evidenceOutcome,
        binding_request: evidenceOutcome,
        correction: evidenceOutcome,
      },
    };
    assert.ok((await viewCase(desk, { caseId: String(open?.id), reviewer })).ok);
    const decided = await decideCase(desk, {
      caseId: String(open?.id),
      reviewer,
      accept: true,
      reason: '与原件一致',
    });
    assert.ok(decided.ok);
    const piece = await pieceOf(id);
    assert.equal(piece?.state === 'accepted' && piece.examiner, 'person');
  });

  test('a provider is asked again after an hour’s outage [R3]', async () => {
    const who = await makeClaimant(deps);
    const id = await submit(stand, who, 'id_front');
    const ask = async () => await Promise.reject(new ProviderUnavailable('down'));
    const down = { ...deps, provider: { ask } };
    let failures = 0;
    for (let minutes = 0; minutes < 60; minutes += 5) {
      await submitPendingEvidence(down, () => (failures += 1));
      await advanceClock(deps.db, 'PT5M');
    }
    assert.ok(failures >= 4 && failures <= 8, `asked ${failures} times within the hour`);
    assert.equal((await pieceOf(id))?.state, 'checking');
    await askAll(stand);
    assert.equal((await pieceOf(id))?.state, 'accepted');
  });
});

describe('callbacks of a provider', () => {
  /** A question that is with the provider, whose answer the test writes itself. */
  async function asked(): Promise<{ id: EvidenceId; who: Claimant }> {
    const who = await makeClaimant(deps);
    const id = await submit(stand, who, 'id_front');
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
    assert.deepEqual(new Set(statuses), new Set([409]));
    assert.equal((await pieceOf(id))?.state, 'checking');
    assert.equal(await answer(id, 'match'), 204);
    assert.equal((await pieceOf(id))?.state, 'accepted');
  });

  test('a replayed callback is refused, also ten at once', async () => {
    const { id } = await asked();
    const nonce = randomBytes(16).toString('base64url');
    const statuses = await Promise.all(
      Array.from({ length: 10 }, () => answer(id, 'unreadable', { nonce })),
    );
    assert.equal(statuses.filter((status) => status === 204).length, 1);
  });

  test('of callbacks out of order the first counts, and later ones change nothing', async () => {
    const { id } = await asked();
    assert.deepEqual(
      [
        await answer(id, 'match'),
        await answer(id, 'mismatch'),
        await answer(id, 'sent'),
        await answer(id, 'undecided'),
      ],
      [204, 204, 204, 204],
    );
    assert.equal((await pieceOf(id))?.state, 'accepted');
  });

  test('an answer after the withdrawal changes nothing [R5]', async () => {
    const { id, who } = await asked();
    assert.ok((await withdrawEvidence(deps, { evidenceId: id, by: who.account })).ok);
    assert.equal(await answer(id, 'match'), 204);
    assert.equal((await pieceOf(id))?.state, 'withdrawn');
  });

  test('a callback about an unknown piece is refused', async () => {
    assert.equal(
      await answer(`evi_${randomBytes(16).toString('base64url')}` as EvidenceId, 'match'),
      409,
    );
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
    assert.equal(await bring('business_licence', [photo]), 'not_asked_for');
    assert.equal(await bring('id_front', []), 'wrong_number_of_documents');
    assert.equal(await bring('id_front', [photo, photo]), 'wrong_number_of_documents');
    assert.equal(await bring('id_front', [photo], new Date(0)), 'out_of_date');
    assert.equal(await bring('id_front', [Buffer.from('MZ\x90')]), 'not_accepted_type');
    assert.equal(await bring('id_front', [photo]), 'taken');
    assert.equal(await bring('id_front', [photo]), 'already_under_way');
  });

  test('a refused document leaves nothing in the storage; accepted ones are sealed', async () => {
    const who = await makeClaimant(deps);
    assert.ok(photo.includes(QUANTISATION));
    const before = (await readdir(storageFolder)).length;
    await submit(stand, who, 'id_front');
    await submitForAccount(deps, {
      account: who.account,
      type: 'id_front',
      validUntil: null,
      uploads: [photo],
    });
    const names = await readdir(storageFolder);
    assert.equal(names.length, before + 1);
    for (const name of names) {
      assert.match(name, /^doc_[\w-]{22}$/);
      assert.equal((await readFile(join(storageFolder, name))).includes(QUANTISATION), false);
    }
  });
});
