import { describe, expect, test } from '@jest/globals';
import type { Kind } from '../../src/accounts/account.ts';
import { findAccount } from '../../src/accounts/accounts.store.ts';
import { hashPassword } from '../../src/accounts/passwords.ts';
import {
  confirmAccount,
  confirmationPurpose,
  findConfirmable,
  requestConfirmation,
} from '../../src/evidence/submissions/confirm-account.ts';
import { withdrawEvidence } from '../../src/evidence/submissions/invalidate-evidence.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import {
  answerFor,
  given,
  givePasskey,
  makeDeps,
  PASSWORD,
  refusedAs,
} from '../fixtures/accounts.ts';
import {
  type Claimant,
  freshNumber,
  makeClaimant,
  makeEvidenceFixture,
} from '../fixtures/evidence.ts';
import type { Authenticator } from '../support/authenticator.ts';
import { makeApplicant, proveAll } from '../support/evidence.ts';

const { deps: evidence } = await makeEvidenceFixture();
const { db } = evidence;
const deps = { ...evidence, factors: makeDeps(db) };
const hashed = await hashPassword(PASSWORD);

interface Proven extends Claimant {
  readonly key: Authenticator;
}

/** A proven account with a password and a passkey. */
async function makeProven(kind: Kind, number: string): Promise<Proven> {
  const who = await makeClaimant(evidence, { kind, number });
  await proveAll(db, { ...who, kind });
  await db.query(sql`update accounts set password_hash = ${hashed} where id = ${who.account}`);
  const account = await findAccount(db, who.account);
  if (!account) throw new Error('an account just made is gone');
  return { ...who, key: (await givePasskey(deps.factors, account)).authenticator };
}

const codeOf = async (account: AccountId) => given(await requestConfirmation(deps, { account }));

async function confirmBy(by: Proven, code: string, account: AccountId) {
  const purpose = confirmationPurpose(account);
  const passkey = await answerFor(deps.factors, by.account, by.key, purpose);
  return await confirmAccount(deps, { by: by.account, code, password: '', proof: { passkey } });
}

const stateOf = async (account: AccountId) => (await findAccount(db, account))?.qualification;

describe('a proven account confirms another one of its owner', () => {
  test('a passkey of the proven account is all that a person needs [R44]', async () => {
    const number = freshNumber('personal');
    const first = await makeProven('personal', number);
    const second = await makeClaimant(evidence, { number });
    const code = await codeOf(second.account);
    const found = given(await findConfirmable(deps, { by: first.account, code }));
    expect([found.account.id, found.needsPasskey]).toStrictEqual([second.account, true]);
    expect((await confirmBy(first, code, second.account)).ok).toBe(true);
    const account = await findAccount(db, second.account);
    expect([account?.qualification, account?.ownerId]).toStrictEqual(['verified', first.owner]);
    // once
    expect(refusedAs(await confirmBy(first, code, second.account))).toBe('unknown_confirmation');
  });

  test('a password is not enough for a person, nor a proof for another account [R44]', async () => {
    const number = freshNumber('personal');
    const first = await makeProven('personal', number);
    const second = await makeClaimant(evidence, { number });
    const code = await codeOf(second.account);
    const by = first.account;
    const tries = [
      { password: PASSWORD, proof: {} },
      { password: PASSWORD, proof: { code: '000000' } },
      {
        password: '',
        proof: { passkey: await answerFor(deps.factors, by, first.key, confirmationPurpose(by)) },
      },
    ];
    const told: string[] = [];
    for (const each of tries)
      told.push(refusedAs(await confirmAccount(deps, { by, code, ...each })));
    expect(told).toStrictEqual(['proof_missing', 'proof_missing', 'wrong_proof']);
    expect(await stateOf(second.account)).toBe('none');
  });

  test('a company confirms by password and factor; no second licence is asked [R44]', async () => {
    const number = freshNumber('enterprise');
    const first = await makeProven('enterprise', number);
    const second = await makeClaimant(evidence, { kind: 'enterprise', number });
    const code = await codeOf(second.account);
    const by = first.account;
    const passkey = await answerFor(
      deps.factors,
      by,
      first.key,
      confirmationPurpose(second.account),
    );
    const wrong = { by, code, password: 'wrong', proof: { passkey } };
    expect(refusedAs(await confirmAccount(deps, wrong))).toBe('wrong_password');
    expect(given(await confirmAccount(deps, { ...wrong, password: PASSWORD })).id).toBe(
      second.account,
    );
    expect(await stateOf(second.account)).toBe('verified');
  });
});

describe('whose word does not count', () => {
  test('an account of another owner gets the answer that a wrong code gets [R44]', async () => {
    const stranger = await makeProven('personal', freshNumber('personal'));
    const victim = await makeProven('personal', freshNumber('personal'));
    const second = await makeClaimant(evidence, {});
    const code = await codeOf(second.account);
    for (const typed of [code, '000000000000', ''])
      for (const by of [stranger, victim])
        expect(refusedAs(await findConfirmable(deps, { by: by.account, code: typed }))).toBe(
          'unknown_confirmation',
        );
    expect(refusedAs(await confirmBy(stranger, code, second.account))).toBe('unknown_confirmation');
    expect(await stateOf(second.account)).toBe('none');
  });

  test('an account that another one confirmed cannot confirm a third [R44]', async () => {
    const number = freshNumber('personal');
    const first = await makeProven('personal', number);
    const second = await makeClaimant(evidence, { number });
    given(await confirmBy(first, await codeOf(second.account), second.account));
    const account = await findAccount(db, second.account);
    if (!account) throw new Error('an account just made is gone');
    await db.query(sql`update accounts set password_hash = ${hashed} where id = ${account.id}`);
    const { authenticator: key } = await givePasskey(deps.factors, account);
    const third = await makeClaimant(evidence, { number });
    const confirmed = await confirmBy(
      { ...second, key },
      await codeOf(third.account),
      third.account,
    );
    expect(refusedAs(confirmed)).toBe('unknown_confirmation');
  });

  test('a word counts while the account that gave it is proven [R5, R44]', async () => {
    const number = freshNumber('personal');
    const first = await makeProven('personal', number);
    const second = await makeClaimant(evidence, { number });
    given(await confirmBy(first, await codeOf(second.account), second.account));
    const [face] = await db.query<{ id: string }>(
      sql`select id from evidence where account_id = ${first.account} and type = 'face_match'`,
    );
    await withdrawEvidence(evidence, { evidenceId: String(face?.id), by: first.account });
    expect(await stateOf(second.account)).toBe('none');
  });

  test('a code runs out, is replaced by the next, and dies with the claim [R44]', async () => {
    const number = freshNumber('personal');
    const first = await makeProven('personal', number);
    const second = await makeClaimant(evidence, { number });
    const [old, code] = [await codeOf(second.account), await codeOf(second.account)];
    const find = async (typed: string) =>
      refusedAs(await findConfirmable(deps, { by: first.account, code: typed }));
    expect([await find(old), await find(code)]).toStrictEqual(['unknown_confirmation', 'ok']);
    await advanceClock(db, 'PT16M');
    expect(await find(code)).toBe('unknown_confirmation');
    await advanceClock(db, 'PT-16M');
    expect(refusedAs(await requestConfirmation(deps, { account: first.account }))).toBe(
      'already_verified',
    );
    const bare = await makeApplicant(db);
    expect(refusedAs(await requestConfirmation(deps, { account: bare }))).toBe('not_declared');
  });

  test('four confirmations of one code at once leave one piece [R44]', async () => {
    const number = freshNumber('enterprise');
    const first = await makeProven('enterprise', number);
    await db.query(sql`delete from second_factors where account_id = ${first.account}`);
    const second = await makeClaimant(evidence, { kind: 'enterprise', number });
    const code = await codeOf(second.account);
    const answers = await Promise.all(
      Array.from({ length: 4 }, async () =>
        refusedAs(
          await confirmAccount(deps, { by: first.account, code, password: PASSWORD, proof: {} }),
        ),
      ),
    );
    expect(answers.filter((answer) => answer === 'ok').length).toBe(1);
    const pieces = await db.query(
      sql`select 1 from evidence where account_id = ${second.account} and state = 'accepted'`,
    );
    expect(pieces.length).toBe(1);
  });
});
