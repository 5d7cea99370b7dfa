import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { appealRefusal } from '../../src/binding/appeal-refusal.ts';
import type { Board } from '../../src/board/board.ts';
import { countBoard } from '../../src/board/count-board.ts';
import { type AskedBoard, viewBoard } from '../../src/board/view-board.ts';
import type { AccountId } from '../../src/kernel/ids.ts';
import type { Hook } from '../../src/policy/hook.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import type { Database } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';
import { makeReviewer, makeSharedDevice, makeStand } from '../binding/stand.ts';
import { makeOperator } from '../review/desk.ts';
import { freshDatabase } from '../support/database.ts';
import { pourPast } from '../support/past.ts';

const open: AskedBoard = { from: '', to: '', by: '', pack: '' };
const packs = await loadPacks();

async function boardFor(db: Database, operator: AccountId, asked: Partial<AskedBoard> = {}, known = packs): Promise<Board> {
  const viewed = await viewBoard({ db, packs: known }, { operator, asked: { ...open, ...asked } });
  assert.ok(viewed.ok, JSON.stringify(viewed));
  return viewed.value;
}

const told = (board: Board, hook: string) => board.hooks.find((each) => each.hook === hook);

describe('the board over what people and machines decided', async () => {
  const wary: Hook = { id: 'wary', version: 1, needs: [], evaluate: () => ({ verdict: 'review', reasons: [{ code: 'just_so' }] }) };
  const asks: Hook = { id: 'asks', version: 1, needs: [], evaluate: () => ({ verdict: 'step_up', reasons: [{ code: 'prove_it' }] }) };
  const douyin = packs.get('douyin');
  assert.ok(douyin);
  const stricter = { ...douyin, id: 'stricter', hooks: [...douyin.hooks, 'asks'], shadow: ['wary'] };
  const known = new Map([...packs, ['stricter', stricter]]);
  const stand = await makeStand({ packs: known, hooks: [...HOOKS, wary, asks] });
  const { db, deps } = stand;
  const operator = await makeOperator(db);
  const [first, second] = [await makeReviewer(db), await makeReviewer(db)];
  const shared = await makeSharedDevice(db);

  test('R24 tells apart what the policy refused, what a person refused and what an appeal found wrong, and who told', async () => {
    const [primary, sub] = await stand.pair();
    await stand.attempt(primary, sub);
    const [other] = await stand.pair();
    const strangers = await stand.attempt(primary, other);
    const [mine, own] = await stand.pair();
    const doubtful = await stand.attempt(mine, own, { visitor: shared });
    assert.equal(await stand.judge(doubtful.id, first, 'reject'), 'decided');
    const [two, three] = await stand.pair();
    const accepted = await stand.attempt(two, three, { visitor: shared });
    assert.equal(await stand.judge(accepted.id, first, 'accept'), 'decided');
    const [here, there] = await stand.pair();
    await stand.attempt(here, there, { decision: 'refuse' }); // an owner's own no

    const before = await boardFor(db, operator);
    assert.deepEqual(before.split, { automatic: 1, person: 1, wrong: 0 });
    assert.deepEqual(told(before, 'same-owner')?.refusals, { automatic: 1, person: 0, wrong: 0 });
    assert.deepEqual(told(before, 'device')?.refusals, { automatic: 0, person: 1, wrong: 0 });
    assert.deepEqual(before.refusals, [
      { code: 'different_owner', automatic: 1, person: 0 },
      { code: 'risk', automatic: 0, person: 1 },
    ]);

    for (const { id, by } of [
      { id: doubtful.id, by: mine },
      { id: strangers.id, by: primary },
    ]) {
      const appealed = await appealRefusal(deps, { requestId: id, by, text: '这是我自己的两台手机' });
      assert.ok(appealed.ok);
    }
    assert.deepEqual((await boardFor(db, operator)).appeals, { open: 2, upheld: 0, dismissed: 0 });
    assert.equal(await stand.judge(doubtful.id, second, 'accept'), 'decided');
    assert.equal(await stand.judge(strangers.id, second, 'reject'), 'decided');
    const after = await boardFor(db, operator);
    assert.deepEqual(after.split, { automatic: 1, person: 0, wrong: 1 });
    assert.deepEqual(after.appeals, { open: 0, upheld: 1, dismissed: 1 });
    assert.deepEqual([told(after, 'device')?.refusals.wrong, told(after, 'device')?.objectedWrongly], [1, 1]);
    assert.equal(after.periods.at(-1)?.split.wrong, 1);
    assert.ok(after.times.some(({ part, figures }) => part === 'facts' && figures.count === after.periods.at(-1)?.decided));
  });

  test('R22 R24 tells what became of step-ups, and how often a rule in shadow would have decided otherwise', async () => {
    const tries = { pack: 'stricter' };
    const [a, b] = await stand.pair();
    const waiting = await stand.attempt(a, b, tries);
    const [c, d] = await stand.pair();
    const rejected = await stand.attempt(c, d, tries);
    assert.equal(await stand.judge(rejected.id, first, 'reject'), 'decided');
    const [e] = await stand.pair();
    await stand.attempt(a, e, tries); // refused for its owner, and nobody asks for a proof
    const { stepUps, shadows, packs: byPack, split } = await boardFor(db, operator);
    assert.equal(waiting.state, 'in_review');
    assert.deepEqual(
      stepUps.map(({ hook, outcomes }) => [hook, outcomes.with_people, outcomes.rejected, outcomes.proved]),
      [['asks', 1, 1, 0]],
    );
    assert.deepEqual(shadows, [{ hook: 'wary', asked: 3, same: 0, stricter: 2, milder: 1, wouldRefuse: 0 }]);
    const ours = byPack.find(({ pack }) => pack === 'stricter');
    assert.deepEqual(ours, {
      pack: 'stricter',
      decisions: { allow: 0, step_up: 2, review: 0, deny: 1 },
      split: { automatic: 1, person: 1, wrong: 0 },
    });
    assert.deepEqual(split, { automatic: 2, person: 1, wrong: 1 }, 'of both packs');
  });

  test('R24 says the same before and after it was tallied, and an appeal that is upheld later moves a refusal of then', async () => {
    const [p, q] = await stand.pair();
    const late = await stand.attempt(p, q, { visitor: shared });
    assert.equal(await stand.judge(late.id, first, 'reject'), 'decided');
    const live = await boardFor(db, operator);
    await advanceClock(db, 'PT1H');
    await countBoard(db);
    await countBoard(db);
    assert.ok(((await db.query<{ n: number }>(sql`select count(*) as n from board_tallies`))[0]?.n ?? 0) > 10);
    const tallied = await boardFor(db, operator, live.range);
    assert.deepEqual(tallied, live);
    const appealed = await appealRefusal(deps, { requestId: late.id, by: p, text: '这是我自己的两台手机' });
    assert.ok(appealed.ok);
    await stand.judge(late.id, second, 'accept');
    const { split } = await boardFor(db, operator, live.range);
    assert.deepEqual(split, { ...live.split, person: live.split.person - 1, wrong: live.split.wrong + 1 });
    await advanceClock(db, 'PT1H');
    await countBoard(db);
    assert.deepEqual((await boardFor(db, operator, live.range)).split, split);
  });

  test('R24 a step-up that is over only after it was tallied is counted once, as what it came to', async () => {
    const [p, q] = await stand.pair();
    const asked = await stand.attempt(p, q, { pack: 'stricter' });
    const outcomes = async () => (await boardFor(db, operator, { pack: 'stricter' }, known)).stepUps[0]?.outcomes;
    const before = await outcomes();
    await advanceClock(db, 'PT1H');
    await countBoard(db);
    assert.deepEqual(await outcomes(), before);
    assert.equal(await stand.judge(asked.id, second, 'reject'), 'decided');
    const after = { ...before, with_people: (before?.with_people ?? 0) - 1, rejected: (before?.rejected ?? 0) + 1 };
    assert.deepEqual(await outcomes(), after);
    for (let rounds = 0; rounds < 2; rounds += 1) await countBoard(db);
    assert.deepEqual(await outcomes(), after);
  });

  test('R24 is for operators in good standing alone', async () => {
    const reviewer = await viewBoard({ db, packs }, { operator: first, asked: open });
    assert.equal(reviewer.ok || reviewer.refusal.code, 'not_an_operator');
    const gone = await makeOperator(db);
    await db.query(sql`update accounts set status = 'restricted' where id = ${gone}`);
    const restricted = await viewBoard({ db, packs }, { operator: gone, asked: open });
    assert.equal(restricted.ok || restricted.refusal.code, 'not_an_operator');
  });
});

describe('the board over the past', async () => {
  const { db } = await freshDatabase();
  const operator = await makeOperator(db);
  await pourPast(db, { days: 12, perDay: 200 });

  test('R24 counts days, packs and hooks as they were', async () => {
    const { split, decisions, periods, shadows, stepUps } = await boardFor(db, operator);
    assert.deepEqual(decisions, { allow: 12 * 167, step_up: 12 * 8, review: 12 * 10, deny: 12 * 15 });
    assert.equal(periods.length, 30);
    assert.deepEqual(periods.at(-1)?.decided, 0, 'nothing today');
    for (const day of periods.slice(17, 29)) assert.deepEqual([day.decided, day.split], [200, { automatic: 14, person: 5, wrong: 1 }]);
    assert.deepEqual(split, { automatic: 12 * 14, person: 12 * 5, wrong: 12 });
    assert.equal(shadows[0]?.asked, 12 * 40);
    assert.deepEqual(stepUps[0]?.outcomes, {
      proved: 12 * 6,
      accepted: 0,
      rejected: 0,
      refused: 0,
      gave_up: 12 * 2,
      with_people: 0,
      waiting: 0,
    });
  });

  test('R24 one pack alone is shown without the others’, and both make the whole', async () => {
    const all = await boardFor(db, operator);
    const each = await Promise.all(['douyin', 'weibo'].map(async (pack) => await boardFor(db, operator, { pack })));
    for (const part of ['automatic', 'person', 'wrong'] as const)
      assert.equal(each[0]?.split[part] === undefined ? -1 : (each[0]?.split[part] ?? 0) + (each[1]?.split[part] ?? 0), all.split[part]);
    assert.deepEqual(
      each.map(({ packs: only }) => only.map(({ pack }) => pack)),
      [['douyin'], ['weibo']],
    );
  });

  test('R24 what is tallied is read from the tallies, whatever the step, and rounds at once count nothing twice', async () => {
    const days = await boardFor(db, operator);
    await Promise.all([countBoard(db), countBoard(db), countBoard(db)]);
    for (let rounds = 0; rounds < 3; rounds += 1) await countBoard(db);
    assert.deepEqual(await boardFor(db, operator), days);
    await db.query(sql`update decisions set pack = 'unseen'`);
    assert.deepEqual((await boardFor(db, operator)).packs, days.packs, 'the decisions themselves are not looked at again');
    const weeks = await boardFor(db, operator, { by: 'week' });
    assert.deepEqual([weeks.split, weeks.hooks, weeks.decisions], [days.split, days.hooks, days.decisions]);
    assert.ok(weeks.periods.length <= 6);
  });
});
