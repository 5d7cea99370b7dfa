import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { hashPassword } from '../../src/accounts/passwords.ts';
import { answerBinding } from '../../src/binding/answer-binding.ts';
import { forgetOwner } from '../../src/evidence/own-data/forget-owner.ts';
import { sql } from '../../src/store/sql.ts';
import { makeApplicant, makeClaimedOwner, proveAll } from '../support/evidence.ts';
import { arriveAs, offerAs } from '../support/people.ts';
import { startServer } from '../support/server.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 30);
const { bindery: deps } = await startServer();
const password = 'a password of the test';
const hashed = await hashPassword(password);

test('an owner deleted during an approval leaves no binding without owner [R1]', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const owner = await makeClaimedOwner(deps.db);
    const [primary, sub] = [await makeApplicant(deps.db), await makeApplicant(deps.db)];
    for (const account of [primary, sub]) await proveAll(deps.db, { account, owner });
    const forgetter = round % 2 === 0 ? primary : sub;
    await deps.db.query(sql`update accounts set password_hash = ${hashed} where id = ${forgetter}`);
    const at = await arriveAs(deps, (await offerAs(deps, primary)).link, sub);
    // Checking a password takes tens of milliseconds. The approval comes before, during or after.
    const approve = async () => {
      await sleep((round * 7) % 90);
      return await answerBinding(deps, { ...at, decision: 'approve' });
    };
    const [answered, forgotten] = await Promise.all([
      approve(),
      forgetOwner(deps.evidence, { account: forgetter, password }),
    ]);
    assert.ok(answered.ok, `round ${round}`);
    const [row] = await deps.db.query<{ there: boolean; bindings: number }>(sql`
      select deleted_at is null as there, (select count(*)::int from bindings where primary_owner_id = ${owner} and state = 'active') as bindings
        from owners where id = ${owner}`);
    const ending = `${answered.value.state === 'refused' ? answered.value.refusal : answered.value.state} · ${forgotten.ok ? 'forgotten' : forgotten.refusal.code}`;
    const expected = {
      'approved · still_bound': [true, 1],
      'not_verified · forgotten': [false, 0],
    }[ending];
    expect([`round ${round}: ${ending}`, [row?.there, row?.bindings]]).toStrictEqual([
      `round ${round}: ${ending}`,
      expected,
    ]);
  }
});
