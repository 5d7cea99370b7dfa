import { expect, test } from '@jest/globals';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { operatorOf } from '../support/operator.ts';
import { makeAccount, makeOwner } from '../support/people.ts';

const { db, url } = await freshDatabase();

const operate = operatorOf(url);
const relatives = async (...args: readonly string[]) => await operate('relatives', ...args);

async function makeLogin(login: string, verified = true): Promise<void> {
  const id = await makeAccount(db, verified ? await makeOwner(db) : null);
  await db.query(sql`update accounts set login = ${login} where id = ${id}`);
}

test('an operator adds, lists and removes relatives by their logins [R23]', async () => {
  await makeLogin('reviewer-wang');
  await makeLogin('wang-junior');
  expect((await relatives('list', 'reviewer-wang')).said).toMatch(/Nobody is on record/);
  expect(
    (await relatives('add', 'Reviewer-Wang', 'wang-junior', '--relation', 'parent_child')).ok,
  ).toBe(true);
  for (const [asked, other] of [
    ['reviewer-wang', 'wang-junior'],
    ['wang-junior', 'reviewer-wang'],
  ] as const) {
    expect((await relatives('list', asked)).said).toMatch(
      new RegExp(`^${other}  parent_child  recorded .* by system$`, 'm'),
    );
  }
  expect((await relatives('remove', 'wang-junior', 'reviewer-wang')).ok).toBe(true);
  const again = await relatives('remove', 'wang-junior', 'reviewer-wang');
  expect([again.ok, /not on record as related/.test(again.said)]).toStrictEqual([false, true]);
});

// biome-ignore format: a table is read by its columns
const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an account that does not exist',  ['add', 'wang', 'nobody-here'],                  /There is no account nobody-here/],
  ['an account that is not verified', ['add', 'wang', 'sunli'],                        /sunli is not verified/],
  ['an account and itself',           ['add', 'wang', 'wang'],                         /the same owner/],
  ['a relation that does not exist',  ['add', 'wang', 'wang', '--relation', 'foe'],  /Allowed choices are spouse/],
];

test('a relation that cannot be recorded gives a readable error [R23]', async () => {
  await makeLogin('wang');
  await makeLogin('sunli', false);
  for (const [what, args, says] of WRONG) {
    const told = await relatives(...args);
    expect([what, told.ok]).toStrictEqual([what, false]);
    expect([what, told.said]).toStrictEqual([what, expect.stringMatching(says)]);
  }
});
