import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { type DecisionPoint, decisionPointHook } from '../../src/decision-points/decision-point.ts';
import type { Answer } from '../../src/policy/answers.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture, makeReviewer } from '../fixtures/bindings.ts';

const packs = await loadPacks();
const douyin = packs.get('douyin');
assert.ok(douyin);

const ALLOWS: Answer = { verdict: 'allow', reasons: ['fine'], by: 'them', ms: 1 };
let answer: Answer = ALLOWS;
let asked = 0;
let whileAsked = async (): Promise<void> => {};

const decisionPoint = (id: string, fails: DecisionPoint['fails']): DecisionPoint => ({
  id,
  fails,
  close: async () => {},
  async ask() {
    asked += 1;
    await whileAsked();
    return answer;
  },
});
const decisionPoints = [decisionPoint('them', 'review'), decisionPoint('strict', 'deny')];

const fixture = await makeBindingFixture({
  decisionPoints,
  hooks: [...HOOKS, ...decisionPoints.map(decisionPointHook)],
  packs: new Map([
    ...packs,
    ['asks', { ...douyin, id: 'asks', hooks: [...douyin.hooks, 'them'] }],
    ['asks-strictly', { ...douyin, id: 'asks-strictly', hooks: [...douyin.hooks, 'strict'] }],
    ['listens', { ...douyin, id: 'listens', shadow: ['them'] }],
  ]),
});
const { db } = fixture;
const reviewer = await makeReviewer(db);

async function attempt(pack: string, said: Answer) {
  answer = said;
  asked = 0;
  const [primary, sub] = await fixture.pair();
  return await fixture.attempt(primary, sub, { pack });
}

describe('asking decision points before a binding is decided', () => {
  test('the strictest answer counts, of hooks and decision points [R22]', async () => {
    expect((await attempt('asks', ALLOWS)).state).toBe('approved');
    expect((await attempt('asks', { ...ALLOWS, verdict: 'review' })).state).toBe('in_review');
    expect((await attempt('asks', { ...ALLOWS, verdict: 'step_up' })).state).toBe('proving');
    expect((await attempt('asks', { ...ALLOWS, verdict: 'deny' })).refusal).toBe('risk');
  });

  test('a decision point that fails leads to review or deny, never to allow [R22]', async () => {
    for (const failure of [
      'timeout',
      'unreachable',
      'nonsense',
      'hook_failed',
      'circuit_open',
    ] as const) {
      expect([failure, (await attempt('asks', { failure, ms: 800 })).state]).toStrictEqual([
        failure,
        'in_review',
      ]);
      expect([
        failure,
        (await attempt('asks-strictly', { failure, ms: 800 })).refusal,
      ]).toStrictEqual([failure, 'risk']);
    }
  });

  test('a decision point cannot allow what plain facts forbid [R1, R22]', async () => {
    answer = ALLOWS;
    const [primary] = await fixture.pair();
    const [stranger] = await fixture.pair();
    expect((await fixture.attempt(primary, stranger, { pack: 'asks' })).refusal).toBe(
      'different_owner',
    );
  });

  test('a decision point is asked only if the pack names it and both sides agree [R22]', async () => {
    await attempt('douyin', ALLOWS);
    expect(asked).toBe(0);
    const [primary, sub] = await fixture.pair();
    await fixture.attempt(primary, sub, { pack: 'asks', decision: 'refuse' });
    expect(asked).toBe(0);
    await attempt('asks', ALLOWS);
    expect(asked).toBe(1);
  });

  test('a decision point in shadow is asked and recorded, and stops nothing [R22]', async () => {
    const { id, state } = await attempt('listens', { ...ALLOWS, verdict: 'deny' });
    expect([asked, state]).toStrictEqual([1, 'approved']);
    const [row] = await db.query<{ shadow: { verdict: string } }>(
      sql`select shadow from decisions where request_id = ${id}`,
    );
    expect(row?.shadow.verdict).toBe('deny');
  });

  test('decision points are asked before any row is locked [R22]', async () => {
    const [primary, sub] = await fixture.pair();
    let wrote = false;
    whileAsked = async () => {
      await db.query(
        sql`update accounts set display_name = display_name where id = any(${[primary, sub]}::text[])`,
      );
      await db.query(
        sql`update binding_requests set login_hint = login_hint where initiator_id = ${primary}`,
      );
      wrote = true;
    };
    answer = ALLOWS;
    const { state } = await fixture.attempt(primary, sub, { pack: 'asks' });
    whileAsked = async () => {};
    expect([wrote, state]).toStrictEqual([true, 'approved']);
  });

  test('a change while decision points are asked is seen under the locks [R2, R22]', async () => {
    const [primary, sub] = await fixture.pair();
    whileAsked = async () =>
      void (await db.query(sql`update accounts set status = 'restricted' where id = ${sub}`));
    answer = ALLOWS;
    const { refusal } = await fixture.attempt(primary, sub, { pack: 'asks' });
    whileAsked = async () => {};
    expect(refusal).toBe('account_restricted');
  });

  test('a reviewer’s acceptance uses the stored answer and asks nobody again [R22, R23]', async () => {
    const { id } = await attempt('asks', {
      verdict: 'review',
      reasons: ['too_new'],
      by: 'them',
      ms: 7,
    });
    const [row] = await db.query<{ answers: unknown }>(
      sql`select facts -> 'answers' as answers from decisions where request_id = ${id}`,
    );
    expect(row?.answers).toStrictEqual({
      them: { verdict: 'review', reasons: ['too_new'], by: 'them', ms: 7 },
    });
    expect(await fixture.judge(id, reviewer, 'accept')).toBe('decided');
    const [request] = await db.query<{ state: string }>(
      sql`select state from binding_requests where id = ${id}`,
    );
    expect([request?.state, asked]).toStrictEqual(['approved', 1]);
  });
});
