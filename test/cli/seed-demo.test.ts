import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { ACCOUNTS, OWNERS } from '../../src/cli/demo-world.ts';
import { seedDemo } from '../../src/cli/seed-demo.ts';
import { viewVerification } from '../../src/evidence/submissions/view-verification.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { materialDueAfter } from '../../src/review/deadline.ts';
import { sql } from '../../src/store/sql.ts';
import { dumpOf, isIn } from '../owners/dump.ts';
import { startServer } from '../support/server.ts';

const { bindery, issuer } = await startServer();
const { db, evidence } = bindery;

async function pieces() {
  const [row] = await db.query<{ id: AccountId }>(
    sql`select id from accounts where login = 'kangyi'`,
  );
  assert.ok(row);
  const { qualification, claim, groups } = await viewVerification(evidence, { account: row.id });
  expect([qualification, claim !== null]).toStrictEqual(['in_review', true]);
  return groups.flatMap((group) => group.pieces);
}

test('the demo’s clinic has all its evidence in review, with a due date', async () => {
  const brought = await pieces();
  expect(
    brought.map(({ type, state, examiner, signing }) => [type, state, examiner, signing?.state]),
  ).toStrictEqual([
    ['three_in_one_licence', 'checking', 'person', undefined],
    ['in_person_signing', 'checking', 'person', 'requested'],
    ['industry_permit', 'checking', 'person', undefined],
    ['licence_copy_with_authorization', 'checking', 'person', undefined],
  ]);
  for (const { signing, submittedAt, dueAt } of brought) {
    if (!signing)
      expect(dueAt).toStrictEqual(
        materialDueAfter(submittedAt, 'special_industry', evidence.review),
      );
  }
});

test('seeding again changes nothing, and completes what a killed start left out', async () => {
  const before = await pieces();
  await seedDemo(evidence, issuer, bindery.packs.current);
  expect((await pieces()).map(({ id }) => id)).toStrictEqual(before.map(({ id }) => id));
});

test('a database from before claims still works: its clinic submits evidence now', async () => {
  await db.query(sql`
    update accounts a set owner_id = c.owner_id, qualification = 'in_review' from account_claims c where c.account_id = a.id and a.login = 'kangyi'`);
  for (const table of [
    sql`delete from review_looks`,
    sql`delete from review_cases`,
    sql`delete from evidence_documents`,
    sql`delete from in_person_signings`,
    sql`delete from owner_notices`,
    sql`delete from evidence e using accounts a where a.id = e.account_id and a.login = 'kangyi'`,
    sql`delete from account_claims`,
    sql`delete from account_consents`,
  ]) {
    await db.query(table);
  }
  await seedDemo(evidence, issuer, bindery.packs.current);
  expect((await pieces()).length).toBe(4);
});

test('registered names and numbers of organisations are in no row, in any encoding', async () => {
  const dump = await dumpOf(db);
  const shown: readonly string[] = ACCOUNTS.map(({ name }) => name);
  for (const { name, number, legalRepresentative } of OWNERS) {
    for (const secret of [name, number, legalRepresentative]) {
      if (secret !== undefined && !shown.includes(secret))
        expect([secret, isIn(dump, secret)]).toStrictEqual([secret, false]);
    }
  }
});
