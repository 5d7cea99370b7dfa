import { expect, test } from '@jest/globals';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { findEvidence } from '../../src/evidence/pieces/evidence.store.ts';
import { findNotices } from '../../src/evidence/pieces/notices.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';
import { makeApplicant, makeClaimedOwner, proveAll } from '../support/evidence.ts';
import { operatorOf } from '../support/operator.ts';

const { db, url } = await freshDatabase();
const operate = operatorOf(url);

async function makeProven() {
  const [account, owner] = [await makeApplicant(db), await makeClaimedOwner(db)];
  const [id] = await proveAll(db, { account, owner });
  return { account, id: String(id) };
}

/** The actors and details of the refutations of a piece, in the audit log. */
async function refutationsOf(id: string) {
  return await db.query<{ readonly actor: string; readonly detail: unknown }>(
    sql`select actor, detail from audit_log where subject = ${id} and action = 'evidence.refuted'`,
  );
}

test('an operator says that evidence is false, and its account is told [R5]', async () => {
  const { account, id } = await makeProven();
  expect(await operate('evidence', 'refute', id, '--because', 'forged')).toStrictEqual({
    ok: true,
    said: `${id} is on record as false (forged). Its account was told.\n`,
  });
  expect((await findEvidence(db, id))?.evidence.state).toBe('rejected');
  expect((await findAccount(db, account))?.qualification).toBe('none');
  expect(
    (await findNotices(db, account)).map(({ what, evidenceId }) => [what, evidenceId]),
  ).toContainEqual(['evidence.rejected', id]);
  expect(await refutationsOf(id)).toStrictEqual([
    {
      actor: 'system',
      detail: { type: 'id_front', reason: 'found_false', because: 'forged' },
    },
  ]);
});

test('the audit log names the member of staff who found it false [R5, R23]', async () => {
  const [{ id }, staff] = [await makeProven(), await makeApplicant(db)];
  await db.query(sql`update accounts set login = 'reviewer-wang' where id = ${staff}`);
  const told = await operate(
    'evidence',
    'refute',
    id,
    '--because',
    'other',
    '--by',
    'Reviewer-Wang',
  );
  expect(told.ok).toBe(true);
  expect((await refutationsOf(id)).map(({ actor }) => actor)).toStrictEqual([staff]);
});

test('evidence that cannot be refuted gives a readable error [R5]', async () => {
  const { id } = await makeProven();
  await operate('evidence', 'refute', id, '--because', 'forged');
  // biome-ignore format: a table is read by its columns
  const WRONG: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['no reason',             [id],                                                 /required option '--because <word>'/],
    ['a reason of its own',   [id, '--because', 'I saw it'],                        /Allowed choices are forged/],
    ['evidence that is over', [id, '--because', 'forged'],                          /is not accepted, so nothing rests on it \(EVI-/],
    ['no such evidence',      [newId('evi'), '--because', 'forged'],                /there is no such evidence \(EVI-5R0\)/],
    ['no such staff',         [id, '--because', 'forged', '--by', 'nobody-here'],   /There is no account nobody-here/],
  ];
  for (const [what, args, says] of WRONG) {
    const told = await operate('evidence', 'refute', ...args);
    expect([what, told.ok, told.said]).toStrictEqual([what, false, expect.stringMatching(says)]);
  }
});
