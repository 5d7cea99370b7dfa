import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { acceptUpload } from '../../src/documents/accept-upload.ts';
import { removeDueDocuments, sweepDocuments } from '../../src/evidence/pieces/remove-documents.ts';
import { withdrawEvidence } from '../../src/evidence/submissions/invalidate-evidence.ts';
import type { EvidenceId } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { askAll, makeClaimant, makePhoto, makeStand, submit } from './stand.ts';

const stand = await makeStand();
const { deps, storageFolder } = stand;
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
    const id = await submit(stand, who, 'id_front');
    const document = await documentOf(id);
    assert.ok(await isStored(document));
    assert.ok((await withdrawEvidence(deps, { evidenceId: id, by: who.account })).ok);
    assert.deepEqual([await isStored(document), await documentOf(id)], [false, 'none']);
  });

  test('rejected documents stay ninety days; accepted ones while they count [R5]', async () => {
    const [rejected, accepted] = [
      await makeClaimant(deps, { name: '测试 不符' }),
      await makeClaimant(deps),
    ];
    const ids = [
      await submit(stand, rejected, 'id_front'),
      await submit(stand, accepted, 'id_front'),
    ];
    await askAll(stand);
    const [one = '', other = ''] = await Promise.all(ids.map(documentOf));
    await advanceClock(db, 'P89D');
    await sweepDocuments(deps, fail);
    assert.deepEqual([await isStored(one), await isStored(other)], [true, true]);
    await advanceClock(db, 'P1D');
    await sweepDocuments(deps, fail);
    assert.deepEqual([await isStored(one), await isStored(other)], [false, true]);
  });

  test('a withdrawal succeeds while the storage is down, and the job removes later [R5]', async () => {
    const who = await makeClaimant(deps);
    const id = await submit(stand, who, 'id_front');
    const document = await documentOf(id);
    const { storage } = deps.documents;
    const down = {
      put: storage.put.bind(storage),
      get: storage.get.bind(storage),
      remove: async () => await Promise.reject(new Error('the storage is down')),
    };
    const cut = { ...deps, documents: { ...deps.documents, storage: down } };
    assert.ok((await withdrawEvidence(cut, { evidenceId: id, by: who.account })).ok);
    const reported: unknown[] = [];
    assert.equal(await removeDueDocuments(cut, (error) => reported.push(error)), 0);
    assert.deepEqual(
      [reported.length, await isStored(document), await documentOf(id)],
      [1, true, document],
    );
    assert.equal(await removeDueDocuments(deps, fail), 1);
    assert.deepEqual([await isStored(document), await documentOf(id)], [false, 'none']);
  });

  test('orphaned uploads are removed after an hour, and others are kept', async () => {
    const who = await makeClaimant(deps);
    const kept = await documentOf(await submit(stand, who, 'id_front'));
    const taken = await acceptUpload(deps.documents, {
      owner: who.owner,
      bytes: await makePhoto(),
    });
    assert.ok(taken.ok);
    await sweepDocuments(deps, fail);
    assert.ok(await isStored(taken.value.id), 'it may still be on its way');
    await db.query(sql`update orphaned_uploads set put_at = put_at - interval '61 minutes'`);
    await sweepDocuments(deps, fail);
    assert.deepEqual([await isStored(taken.value.id), await isStored(kept)], [false, true]);
    assert.deepEqual(await db.query(sql`select 1 from orphaned_uploads`), []);
  });
});
