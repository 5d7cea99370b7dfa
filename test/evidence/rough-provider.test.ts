import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { sql } from '../../src/store/sql.ts';
import { askAll, type Claimant, makeClaimant, makeStand, submit } from './stand.ts';

const PEOPLE = 6;
const stand = await makeStand({ faults: { fails: 0.6, loses: 0.5, answersTwice: 0.5 }, lagMs: 40 });
const { db } = stand.deps;

test('with an unreliable provider each piece is decided once [R3]', async () => {
  const people: Claimant[] = [];
  for (let nth = 0; nth < PEOPLE; nth += 1) {
    const who = await makeClaimant(stand.deps);
    for (const type of ['id_front', 'id_back', 'face_match'] as const)
      await submit(stand, who, type);
    people.push(who);
  }
  const failures = await askAll(stand);
  for (const { account } of people)
    assert.equal((await findAccount(db, account))?.qualification, 'verified');
  const rows = await db.query<{ times: number }>(sql`
    select count(*)::int as times from audit_log where action = 'evidence.accepted' group by subject`);
  assert.deepEqual([rows.length, rows.every(({ times }) => times === 1)], [PEOPLE * 3, true]);
  assert.deepEqual(new Set(stand.sandbox.delivered.map(({ status }) => status)), new Set([204]));
  assert.ok(failures > 0, 'it could not be asked at times');
  assert.ok(stand.sandbox.delivered.length > PEOPLE * 3, 'it answered twice at times');
});
