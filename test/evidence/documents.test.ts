import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from '@jest/globals';
import { acceptUpload } from '../../src/documents/accept-upload.ts';
import { removeDueDocuments, sweepDocuments } from '../../src/evidence/pieces/remove-documents.ts';
import { withdrawEvidence } from '../../src/evidence/submissions/invalidate-evidence.ts';
import type { EvidenceId } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askAll,
  makeClaimant,
  makeEvidenceFixture,
  makePhoto,
  submit,
} from '../fixtures/evidence.ts';

const fixture = await makeEvidenceFixture();
const { deps, storageFolder } = fixture;
const { db } = deps;
const fail = (error: unknown) => assert.fail(String(error));

async function documentOf(id: EvidenceId): Promise<string> {
  const [row] = await db.query<{ id: string }>(
    sql`select id from evidence_documents where evidence_id = ${id}`,
  );
  return row?.id ?? 'none';
}
const isStored = async (name: string) => (await readdir(storageFolder)).includes(name);

describe('how long documents stay', () => {
  test('documents of a withdrawn piece are removed before the answer [R5]', async () => {
    const who = await makeClaimant(deps);
    const id = await submit(fixture, who, 'id_front');
    const document = await documentOf(id);
    expect(await isStored(document)).toBe(true);
    expect((await withdrawEvidence(deps, { evidenceId: id, by: who.account })).ok).toBe(true);
    expect([await isStored(document), await documentOf(id)]).toStrictEqual([false, 'none']);
  });

  test('rejected documents stay ninety days; accepted ones while they count [R5]', async () => {
    const [rejected, accepted] = [
      await makeClaimant(deps, { name: '测试 不符' }),
      await makeClaimant(deps),
    ];
    const ids = [
      await submit(fixture, rejected, 'id_front'),
      await submit(fixture, accepted, 'id_front'),
    ];
    await askAll(fixture);
    const [one = '', other = ''] = await Promise.all(ids.map(documentOf));
    await advanceClock(db, 'P89D');
    await sweepDocuments(deps, fail);
    expect([await isStored(one), await isStored(other)]).toStrictEqual([true, true]);
    await advanceClock(db, 'P1D');
    await sweepDocuments(deps, fail);
    expect([await isStored(one), await isStored(other)]).toStrictEqual([false, true]);
  });

  test('a withdrawal succeeds while the storage is down, and the job removes later [R5]', async () => {
    const who = await makeClaimant(deps);
    const id = await submit(fixture, who, 'id_front');
    const document = await documentOf(id);
    const { storage } = deps.documents;
    const down = {
      put: storage.put.bind(storage),
      get: storage.get.bind(storage),
      remove: async () => await Promise.reject(new Error('the storage is down')),
    };
    const cut = { ...deps, documents: { ...deps.documents, storage: down } };
    expect((await withdrawEvidence(cut, { evidenceId: id, by: who.account })).ok).toBe(true);
    const reported: unknown[] = [];
    expect(await removeDueDocuments(cut, (error) => reported.push(error))).toBe(0);
    expect([reported.length, await isStored(document), await documentOf(id)]).toStrictEqual([
      1,
      true,
      document,
    ]);
    expect(await removeDueDocuments(deps, fail)).toBe(1);
    expect([await isStored(document), await documentOf(id)]).toStrictEqual([false, 'none']);
  });

  test('orphaned uploads are removed after an hour, and others are kept', async () => {
    const who = await makeClaimant(deps);
    const kept = await documentOf(await submit(fixture, who, 'id_front'));
    const taken = await acceptUpload(deps.documents, {
      owner: who.owner,
      bytes: await makePhoto(),
    });
    assert.ok(taken.ok);
    await sweepDocuments(deps, fail);
    // it may still be on its way
    expect(await isStored(taken.value.id)).toBe(true);
    await db.query(sql`update orphaned_uploads set put_at = put_at - interval '61 minutes'`);
    await sweepDocuments(deps, fail);
    expect([await isStored(taken.value.id), await isStored(kept)]).toStrictEqual([false, true]);
    expect(await db.query(sql`select 1 from orphaned_uploads`)).toStrictEqual([]);
  });
});
