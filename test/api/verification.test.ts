import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { findEvidenceOf } from '../../src/evidence/pieces/evidence.store.ts';
import { qualify } from '../../src/evidence/pieces/qualification.ts';
import { SIGNATURE_HEADER, sign } from '../../src/evidence/provider/signature.ts';
import { ANSWERS_PATH, writeAnswer } from '../../src/evidence/provider/wire.ts';
import type { EvidenceId } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeClaimant, submit } from '../fixtures/evidence.ts';
import { processEvidence } from '../support/jobs.ts';
import { startServer } from '../support/server.ts';

const folder = await mkdtemp(join(tmpdir(), 'bindery-api-'));
afterAll(async () => await rm(folder, { recursive: true, force: true }));
const { bindery, issuer } = await startServer({ env: { DATA_DIR: folder } });
const { db, evidence } = bindery;

test('a person is verified over HTTP with the sandbox provider of the demo [R3]', async () => {
  const who = await makeClaimant(evidence);
  for (const type of ['id_front', 'id_back', 'face_match'] as const)
    await submit({ deps: evidence }, who, type);
  for (let round = 0; round < 40; round += 1) {
    await processEvidence(evidence, () => {});
    await evidence.sandbox?.idle();
    if ((await findAccount(db, who.account))?.qualification === 'verified') return;
    await advanceClock(db, 'PT1M');
    await sleep(50);
  }
  assert.fail('not verified');
});

test('every verified account of the demo is verified by evidence [R3]', async () => {
  const rows = await db.query<{ id: never; kind: never; login: string }>(sql`
    select id, kind, login from accounts where qualification = 'verified'`);
  expect(rows.length).toBeGreaterThan(20);
  for (const { id, kind, login } of rows) {
    expect([
      login,
      qualify(kind, await findEvidenceOf(db, id), new Date()).qualification,
    ]).toStrictEqual([login, 'verified']);
  }
});

// biome-ignore format: a table is read by its columns
const CALLBACKS: readonly (readonly [what: string, status: number, changes: { key?: Buffer; body?: string; signature?: string }])[] = [
  ['signed with another key',       401, { key: randomBytes(32) }],
  ['not signed',                    401, { signature: '' }],
  ['of another shape',               422, { body: '{"id":"evi_x","result":"fine"}' }],
  ['about an unknown piece',         404, {}],
  ['too long',                       413, { body: ' '.repeat(20_000) }],
];
for (const [what, status, { key = evidence.verificationKey, signature, ...changes }] of CALLBACKS) {
  test(`a callback that is ${what} is answered with ${status}`, async () => {
    const id = `evi_${randomBytes(16).toString('base64url')}` as EvidenceId;
    const body = changes.body ?? writeAnswer({ id, result: 'match', validUntil: null });
    const nonce = randomBytes(16).toString('base64url');
    const header =
      signature ??
      sign(key, { method: 'POST', path: ANSWERS_PATH, body }, { now: new Date(), nonce });
    const response = await fetch(`${issuer}${ANSWERS_PATH}`, {
      method: 'POST',
      body,
      headers: { [SIGNATURE_HEADER]: header },
    });
    expect(response.status).toBe(status);
  });
}
