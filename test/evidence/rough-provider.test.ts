import { expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  askAll,
  type Claimant,
  makeClaimant,
  makeEvidenceFixture,
  submit,
} from '../fixtures/evidence.ts';

const PEOPLE = 6;
const fixture = await makeEvidenceFixture({
  faults: { fails: 0.6, loses: 0.5, answersTwice: 0.5 },
  lagMs: 40,
});
const { db } = fixture.deps;

test('with an unreliable provider each piece is decided once [R3]', async () => {
  const people: Claimant[] = [];
  for (let nth = 0; nth < PEOPLE; nth += 1) {
    const who = await makeClaimant(fixture.deps);
    for (const type of ['id_front', 'id_back', 'face_match'] as const)
      await submit(fixture, who, type);
    people.push(who);
  }
  const failures = await askAll(fixture);
  for (const { account } of people)
    expect((await findAccount(db, account))?.qualification).toBe('verified');
  const rows = await db.query<{ times: number }>(sql`
    select count(*)::int as times from audit_log where action = 'evidence.accepted' group by subject`);
  expect([rows.length, rows.every(({ times }) => times === 1)]).toStrictEqual([PEOPLE * 3, true]);
  expect(new Set(fixture.sandbox.delivered.map(({ status }) => status))).toStrictEqual(
    new Set([204]),
  );
  // it could not be asked at times
  expect(failures).toBeGreaterThan(0);
  // it answered twice at times
  expect(fixture.sandbox.delivered.length).toBeGreaterThan(PEOPLE * 3);
});
