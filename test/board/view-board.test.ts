import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { appealRefusal } from '../../src/binding/appeal-refusal.ts';
import type { Board } from '../../src/board/board.ts';
import { countBoard } from '../../src/board/count-board.ts';
import { viewBoard } from '../../src/board/view-board.ts';
import { cleanUp } from '../../src/jobs/clean-up.ts';
import type { Hook } from '../../src/policy/hook.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeReviewer, makeSharedDevice, makeStand } from '../binding/stand.ts';
import { makeOperator } from '../review/desk.ts';
import { boardFor, OPEN } from './look.ts';

const packs = await loadPacks();

const told = (board: Board, hook: string) => board.hooks.find((each) => each.hook === hook);

const wary: Hook = {
  id: 'wary',
  version: 1,
  needs: [],
  evaluate: () => ({ verdict: 'review', reasons: [{ code: 'just_so' }] }),
};
const asks: Hook = {
  id: 'asks',
  version: 1,
  needs: [],
  evaluate: () => ({ verdict: 'step_up', reasons: [{ code: 'prove_it' }] }),
};
const douyin = packs.get('douyin');
assert.ok(douyin);
const stricter = { ...douyin, id: 'stricter', hooks: [...douyin.hooks, 'asks'], shadow: ['wary'] };
const known = new Map([...packs, ['stricter', stricter]]);
const stand = await makeStand({ packs: known, hooks: [...HOOKS, wary, asks] });
const { db, deps } = stand;
const operator = await makeOperator(db);
const [first, second] = [await makeReviewer(db), await makeReviewer(db)];
const shared = await makeSharedDevice(db);

describe('the board over what people and machines decided', () => {
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
      const appealed = await appealRefusal(deps, {
        requestId: id,
        by,
        text: '这是我自己的两台手机',
      });
      assert.ok(appealed.ok);
    }
    assert.deepEqual((await boardFor(db, operator)).appeals, { open: 2, upheld: 0, dismissed: 0 });
    assert.equal(await stand.judge(doubtful.id, second, 'accept'), 'decided');
    assert.equal(await stand.judge(strangers.id, second, 'reject'), 'decided');
    const after = await boardFor(db, operator);
    assert.deepEqual(after.split, { automatic: 1, person: 0, wrong: 1 });
    assert.deepEqual(after.appeals, { open: 0, upheld: 1, dismissed: 1 });
    assert.deepEqual(
      [told(after, 'device')?.refusals.wrong, told(after, 'device')?.objectedWrongly],
      [1, 1],
    );
    assert.equal(after.periods.at(-1)?.split.wrong, 1);
    assert.ok(
      after.times.some(
        ({ part, figures }) => part === 'facts' && figures.count === after.periods.at(-1)?.decided,
      ),
    );
  });

  test('R22 R24 tells what became of step-ups, and how often a rule in shadow would have decided otherwise', async () => {
    const tries = { pack: 'stricter' };
    const [a, b] = await stand.pair();
    const [c, d] = await stand.pair();
    await stand.attempt(c, d, tries);
    await advanceClock(db, 'PT2H');
    await cleanUp(deps); // the proof never came
    const waiting = await stand.attempt(a, b, tries);
    const [e] = await stand.pair();
    await stand.attempt(a, e, tries); // refused for its owner, and nobody asks for a proof
    const { stepUps, shadows, packs: byPack, split } = await boardFor(db, operator);
    assert.equal(waiting.state, 'proving');
    assert.deepEqual(
      stepUps.map(({ hook, outcomes }) => [
        hook,
        outcomes.waiting,
        outcomes.gave_up,
        outcomes.proved,
      ]),
      [['asks', 1, 1, 0]],
    );
    assert.deepEqual(shadows, [
      { hook: 'wary', asked: 3, same: 0, stricter: 2, milder: 1, wouldRefuse: 0 },
    ]);
    const ours = byPack.find(({ pack }) => pack === 'stricter');
    assert.deepEqual(ours, {
      pack: 'stricter',
      decisions: { allow: 0, step_up: 2, review: 0, deny: 1 },
      split: { automatic: 2, person: 0, wrong: 0 },
    });
    assert.deepEqual(split, { automatic: 3, person: 0, wrong: 1 }, 'of both packs');
  });

  test('R24 says the same before and after it was tallied, and an appeal that is upheld later moves a refusal of then', async () => {
    const [p, q] = await stand.pair();
    const late = await stand.attempt(p, q, { visitor: shared });
    assert.equal(await stand.judge(late.id, first, 'reject'), 'decided');
    const live = await boardFor(db, operator);
    await advanceClock(db, 'PT5M');
    await countBoard(db);
    await countBoard(db);
    assert.ok(
      ((await db.query<{ n: number }>(sql`select count(*) as n from board_tallies`))[0]?.n ?? 0) >
        10,
    );
    const tallied = await boardFor(db, operator, live.range);
    assert.deepEqual(tallied, live);
    const appealed = await appealRefusal(deps, {
      requestId: late.id,
      by: p,
      text: '这是我自己的两台手机',
    });
    assert.ok(appealed.ok);
    await stand.judge(late.id, second, 'accept');
    const { split } = await boardFor(db, operator, live.range);
    assert.deepEqual(split, {
      ...live.split,
      person: live.split.person - 1,
      wrong: live.split.wrong + 1,
    });
    await advanceClock(db, 'PT1H');
    await countBoard(db);
    assert.deepEqual((await boardFor(db, operator, live.range)).split, split);
  });

  test('R24 a step-up that is over only after it was tallied is counted once, as what it came to', async () => {
    const [p, q] = await stand.pair();
    await stand.attempt(p, q, { pack: 'stricter' });
    const outcomes = async () =>
      (await boardFor(db, operator, { pack: 'stricter' }, known)).stepUps[0]?.outcomes;
    const before = await outcomes();
    await advanceClock(db, 'PT5M');
    await countBoard(db);
    assert.deepEqual(await outcomes(), before);
    const waited = before?.waiting ?? 0;
    assert.ok(waited > 0);
    await advanceClock(db, 'PT2H');
    const after = { ...before, waiting: 0, gave_up: (before?.gave_up ?? 0) + waited };
    assert.deepEqual(await outcomes(), after); // its time is up, though no job has ended it
    await cleanUp(deps);
    assert.deepEqual(await outcomes(), after);
    for (let rounds = 0; rounds < 2; rounds += 1) await countBoard(db);
    assert.deepEqual(await outcomes(), after);
  });

  test('R24 is for operators in good standing alone', async () => {
    const reviewer = await viewBoard({ db, packs }, { operator: first, asked: OPEN });
    assert.equal(reviewer.ok || reviewer.refusal.code, 'not_an_operator');
    const gone = await makeOperator(db);
    await db.query(sql`update accounts set status = 'restricted' where id = ${gone}`);
    const restricted = await viewBoard({ db, packs }, { operator: gone, asked: OPEN });
    assert.equal(restricted.ok || restricted.refusal.code, 'not_an_operator');
  });
});
