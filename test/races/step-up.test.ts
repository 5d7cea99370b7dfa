import assert from 'node:assert/strict';
import { expect, test } from '@jest/globals';
import { answerBinding } from '../../src/binding/answer-binding.ts';
import { askPerson, proveStep } from '../../src/binding/prove-step.ts';
import { cleanUp } from '../../src/jobs/clean-up.ts';
import type { Result } from '../../src/kernel/refusals.ts';
import { sql } from '../../src/store/sql.ts';
import {
  accountOf,
  ageFactors,
  type Doubt,
  giveApp,
  startStepUpServer,
} from '../fixtures/step-up.ts';
import { appCode } from '../support/app-codes.ts';
import { makeFamily } from '../support/journeys.ts';
import { arriveAs, forgetBindings, offerAs } from '../support/people.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 50);
const { bindery } = await startStepUpServer();
const { db, factors } = bindery;

const [primary, sub] = (await makeFamily(db, 2)) as [string, string];
const people = { initiator: await accountOf(db, primary), counterparty: await accountOf(db, sub) };
const secrets = {
  initiator: await giveApp(factors, primary),
  counterparty: await giveApp(factors, sub),
};
await ageFactors(db);

/** Makes a request that waits for proofs of both sides; forgets which codes were used. */
async function proving(doubt: Doubt) {
  await forgetBindings(db);
  await db.query(sql`update second_factors set last_step = 0`);
  await db.query(sql`delete from rate_limits`);
  const offered = await offerAs(bindery, people.initiator.id, { pack: doubt });
  const counterparty = await arriveAs(bindery, offered.link, people.counterparty.id);
  const answered = await answerBinding(bindery, { ...counterparty, decision: 'approve' });
  expect(answered.ok && answered.value.state).toBe('proving');
  const initiator = {
    approvalSessionId: offered.initiatorApprovalSession,
    visitor: offered.visitor,
  };
  const prove = async (side: 'initiator' | 'counterparty') =>
    await proveStep(bindery, {
      ...(side === 'initiator' ? initiator : counterparty),
      proof: { code: appCode(secrets[side]) },
    });
  return { initiator, counterparty, prove };
}

const said = (settled: readonly Result<{ readonly state: string }>[]) =>
  settled.map((each) => (each.ok ? each.value.state : each.refusal.code)).sort();

async function outcome(): Promise<{
  readonly state: string;
  readonly bindings: number;
  readonly cases: number;
}> {
  const [row] = await db.query<{ state: string; bindings: number; cases: number }>(sql`
    select r.state, (select count(*) from bindings where primary_id = ${people.initiator.id} and state = 'active')::int as bindings,
           (select count(*) from review_cases where subject_id = r.id)::int as cases
      from binding_requests r where r.initiator_id = ${people.initiator.id} order by r.created_at desc, r.id desc limit 1`);
  assert.ok(row);
  return row;
}

test('two sides that prove at once are bound once, without a deadlock [R22]', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { prove } = await proving('both');
    const settled = await Promise.all([prove('initiator'), prove('counterparty')]);
    expect([`round ${round}`, said(settled)]).toStrictEqual([
      `round ${round}`,
      ['approved', 'proving'],
    ]);
    expect(await outcome()).toStrictEqual({ state: 'approved', bindings: 1, cases: 0 });
  }
});

test('one code that is used twice at once proves once [R22]', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { prove } = await proving('counterparty');
    const settled = said(await Promise.all([prove('counterparty'), prove('counterparty')]));
    expect([settled.join(), settled.filter((each) => each === 'approved').length]).toStrictEqual([
      settled.join(),
      1,
    ]);
    expect([
      settled.join(),
      settled.includes('wrong_proof') || settled.includes('request_over'),
    ]).toStrictEqual([settled.join(), true]);
    expect(await outcome()).toStrictEqual({ state: 'approved', bindings: 1, cases: 0 });
  }
});

test('a proof at the deadline binds or is refused, never both [R22, R23]', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { prove } = await proving('counterparty');
    const runOut = async () => {
      await db.query(
        sql`update binding_requests set expires_at = bindery_now() - interval '1 second' where state = 'proving'`,
      );
      await cleanUp(bindery);
    };
    const [proved] = await Promise.all([prove('counterparty'), runOut()]);
    await cleanUp(bindery);
    const { state, bindings } = await outcome();
    expect([`round ${round}: ${said([proved]).join()}`, [state, bindings]]).toStrictEqual([
      `round ${round}: ${said([proved]).join()}`,
      proved.ok ? ['approved', 1] : ['refused', 0],
    ]);
  }
});

test('of a proof and a request for a person at once, one counts [R22, R23]', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { prove, initiator } = await proving('counterparty');
    const [proved, asked] = await Promise.all([
      prove('counterparty'),
      askPerson(bindery, initiator),
    ]);
    const { state, bindings, cases } = await outcome();
    expect([said([proved, asked]).join(), proved.ok]).not.toStrictEqual([
      said([proved, asked]).join(),
      asked.ok,
    ]);
    expect([state, bindings, cases]).toStrictEqual(
      proved.ok ? ['approved', 1, 0] : ['in_review', 0, 1],
    );
    await db.query(
      sql`update binding_requests set state = 'expired', ended_because = 'time', review_due = null where state = 'in_review'`,
    );
  }
});
