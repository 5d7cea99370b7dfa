import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DecisionPoint, decisionPointHook } from '../../src/decision-points/decision-point.ts';
import type { Answer } from '../../src/policy/answers.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { sql } from '../../src/store/sql.ts';
import { makeReviewer, makeStand } from './stand.ts';

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

const stand = await makeStand({
  decisionPoints,
  hooks: [...HOOKS, ...decisionPoints.map(decisionPointHook)],
  packs: new Map([
    ...packs,
    ['asks', { ...douyin, id: 'asks', hooks: [...douyin.hooks, 'them'] }],
    ['asks-strictly', { ...douyin, id: 'asks-strictly', hooks: [...douyin.hooks, 'strict'] }],
    ['listens', { ...douyin, id: 'listens', shadow: ['them'] }],
  ]),
});
const { db } = stand;
const reviewer = await makeReviewer(db);

async function attempt(pack: string, said: Answer) {
  answer = said;
  asked = 0;
  const [primary, sub] = await stand.pair();
  return await stand.attempt(primary, sub, { pack });
}

describe('asking others before a binding is decided', () => {
  test('R22 their word counts like a hook’s: the strictest of all', async () => {
    assert.equal((await attempt('asks', ALLOWS)).state, 'approved');
    assert.equal((await attempt('asks', { ...ALLOWS, verdict: 'review' })).state, 'in_review');
    assert.equal((await attempt('asks', { ...ALLOWS, verdict: 'step_up' })).state, 'proving');
    assert.equal((await attempt('asks', { ...ALLOWS, verdict: 'deny' })).refusal, 'risk');
  });

  test('R22 their silence counts as the operator chose: a person looks, or nothing happens; it never allows', async () => {
    for (const failure of [
      'timeout',
      'unreachable',
      'nonsense',
      'hook_failed',
      'circuit_open',
    ] as const) {
      assert.equal((await attempt('asks', { failure, ms: 800 })).state, 'in_review', failure);
      assert.equal((await attempt('asks-strictly', { failure, ms: 800 })).refusal, 'risk', failure);
    }
  });

  test('R1 R22 what they allow is refused all the same, where plain facts forbid it', async () => {
    answer = ALLOWS;
    const [primary] = await stand.pair();
    const [stranger] = await stand.pair();
    assert.equal(
      (await stand.attempt(primary, stranger, { pack: 'asks' })).refusal,
      'different_owner',
    );
  });

  test('R22 nobody is asked under packs that do not name them, and none when a side says no', async () => {
    await attempt('douyin', ALLOWS);
    assert.equal(asked, 0);
    const [primary, sub] = await stand.pair();
    await stand.attempt(primary, sub, { pack: 'asks', decision: 'refuse' });
    assert.equal(asked, 0);
    await attempt('asks', ALLOWS);
    assert.equal(asked, 1);
  });

  test('R22 in shadow they are asked and heard, and stop nothing', async () => {
    const { id, state } = await attempt('listens', { ...ALLOWS, verdict: 'deny' });
    assert.deepEqual([asked, state], [1, 'approved']);
    const [row] = await db.query<{ shadow: { verdict: string } }>(
      sql`select shadow from decisions where request_id = ${id}`,
    );
    assert.equal(row?.shadow.verdict, 'deny');
  });

  test('R22 they are asked before anything is locked: the accounts and the request can be written to meanwhile', async () => {
    const [primary, sub] = await stand.pair();
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
    const { state } = await stand.attempt(primary, sub, { pack: 'asks' });
    whileAsked = async () => {};
    assert.deepEqual([wrote, state], [true, 'approved']);
  });

  test('R2 R22 what changed while they were asked is seen under the locks', async () => {
    const [primary, sub] = await stand.pair();
    whileAsked = async () =>
      void (await db.query(sql`update accounts set status = 'restricted' where id = ${sub}`));
    answer = ALLOWS;
    const { refusal } = await stand.attempt(primary, sub, { pack: 'asks' });
    whileAsked = async () => {};
    assert.equal(refusal, 'account_restricted');
  });

  test('R22 R23 what they said is stored with the decision, and is what a reviewer’s acceptance goes by: nobody is asked again', async () => {
    const { id } = await attempt('asks', {
      verdict: 'review',
      reasons: ['too_new'],
      by: 'them',
      ms: 7,
    });
    const [row] = await db.query<{ answers: unknown }>(
      sql`select facts -> 'answers' as answers from decisions where request_id = ${id}`,
    );
    assert.deepEqual(row?.answers, {
      them: { verdict: 'review', reasons: ['too_new'], by: 'them', ms: 7 },
    });
    assert.equal(await stand.judge(id, reviewer, 'accept'), 'decided');
    const [request] = await db.query<{ state: string }>(
      sql`select state from binding_requests where id = ${id}`,
    );
    assert.deepEqual([request?.state, asked], ['approved', 1]);
  });
});
