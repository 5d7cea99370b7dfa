import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { answerBinding, confirmBinding } from '../../src/binding/answer-binding.ts';
import { decide, type RequestCommand } from '../../src/binding/binding-request.ts';
import { evaluatePolicy } from '../../src/binding/evaluate-policy.ts';
import { handleRequestCommand } from '../../src/binding/handle-request-command.ts';
import { lockRequest } from '../../src/binding/requests.store.ts';
import type { BindingRequestId } from '../../src/kernel/ids.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture } from '../fixtures/bindings.ts';
import { arriveAs, makeVisitor, offerAs } from '../support/people.ts';

const fixture = await makeBindingFixture();
const { db, deps } = fixture;

/** Every row that an answer may write or change. */
async function written(): Promise<unknown> {
  return await db.query(sql`
    select (select count(*) from decisions)::int as decisions,
           (select count(*) from binding_attempts)::int as attempts,
           (select count(*) from audit_log)::int as audit,
           (select count(*) from events)::int as events,
           (select count(*) from bindings)::int as bindings,
           (select count(*) from review_cases)::int as cases,
           (select count(*) from known_devices)::int as devices,
           (select md5(string_agg(r::text, ',' order by id)) from binding_requests r) as requests`);
}

async function requestOf(approvalSessionId: string): Promise<BindingRequestId> {
  const [row] = await db.query<{ id: BindingRequestId }>(
    sql`select request_id as id from approval_sessions where id = ${approvalSessionId}`,
  );
  assert.ok(row);
  return row.id;
}

const [initiator, counterparty] = await fixture.pair();
const offered = await offerAs(deps, initiator);
const arrived = await arriveAs(deps, offered.link, counterparty);
const id = await requestOf(arrived.approvalSessionId);

describe('a refused command on a request', () => {
  const refused = {
    confirm: (outcome) => ({ type: 'confirm', ...outcome }),
    prove: (outcome) => ({
      type: 'prove',
      side: 'initiator',
      proof: { by: 'passkey', at: new Date() },
      ...outcome,
    }),
    ask_person: (outcome) => ({ type: 'ask_person', ...outcome }),
    'answer by the initiator': (outcome) => ({
      type: 'answer',
      counterparty: initiator,
      confirmation: false,
      ...outcome,
    }),
    decide_review: () => ({
      type: 'decide_review',
      accept: false,
      by: 'policy',
      refusal: 'risk',
    }),
  } as const satisfies Record<
    string,
    (outcome: Awaited<ReturnType<typeof evaluatePolicy>>['outcome']) => RequestCommand
  >;

  for (const [name, commandOf] of Object.entries(refused)) {
    test(`a refused command writes nothing after an evaluation: ${name}`, async () => {
      const before = await written();
      await db.transaction(async (tx) => {
        const stored = await lockRequest(tx, id);
        const evaluation = await evaluatePolicy(tx, deps, stored, {
          counterparty,
          counterpartyDevice: makeVisitor().device,
          answers: {},
        });
        const command = commandOf(evaluation.outcome);
        expect(decide(command, stored.request).ok).toBe(false);
        const handled = await handleRequestCommand(tx, stored, command, {
          actor: counterparty,
          lifetimes: deps.lifetimes,
          evaluation,
        });
        expect(handled.ok).toBe(false);
      });
      expect(await written()).toStrictEqual(before);
    });
  }

  test('a refused approval writes nothing: own account, stale sign-in, too late', async () => {
    const own = await arriveAs(deps, offered.link, initiator);
    const stale = await arriveAs(deps, offered.link, counterparty);
    await db.query(sql`
      update approval_sessions set auth_time = auth_time - interval '1 hour'
       where id = ${stale.approvalSessionId}`);
    const refusedOf = async (answer: {
      approvalSessionId: string;
      visitor: typeof own.visitor;
    }) => {
      const before = await written();
      const answered = await answerBinding(deps, { ...answer, decision: 'approve' });
      expect(await written()).toStrictEqual(before);
      return answered.ok ? 'answered' : answered.refusal.code;
    };
    expect(await refusedOf(own)).toBe('same_account');
    expect(await refusedOf(stale)).toBe('stale_sign_in');
    expect(await refusedOf({ ...own, approvalSessionId: 'sit_nobody' })).toBe(
      'unknown_approval_session',
    );

    const done = await answerBinding(deps, { ...arrived, decision: 'approve' });
    expect(done.ok && done.value.state).toBe('approved');
    expect(await refusedOf(arrived)).toBe('request_over');
  });

  test('a confirmation that nobody asked for writes nothing', async () => {
    const before = await written();
    const confirmed = await confirmBinding(deps, {
      approvalSessionId: offered.initiatorApprovalSession,
      visitor: offered.visitor,
      decision: 'approve',
    });
    expect(!confirmed.ok && confirmed.refusal.code).toBe('request_over');
    expect(await written()).toStrictEqual(before);
  });
});
