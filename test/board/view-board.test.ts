import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { appealRefusal } from '../../src/binding/appeal-refusal.ts';
import type { Board } from '../../src/board/board.ts';
import { countBoard } from '../../src/board/count-board.ts';
import { viewBoard } from '../../src/board/view-board.ts';
import { cleanUp } from '../../src/jobs/clean-up.ts';
import type { Hook } from '../../src/policy/hook.ts';
import { HOOKS, loadPacks } from '../../src/policy/registry.ts';
import { advanceClock } from '../../src/store/clock.store.ts';
import { sql } from '../../src/store/sql.ts';
import { makeBindingFixture, makeReviewer, makeSharedDevice } from '../fixtures/bindings.ts';
import { boardFor, OPEN } from '../fixtures/board.ts';
import { makeOperator } from '../fixtures/review.ts';

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
const fixture = await makeBindingFixture({ packs: known, hooks: [...HOOKS, wary, asks] });
const { db, deps } = fixture;
const operator = await makeOperator(db);
const [first, second] = [await makeReviewer(db), await makeReviewer(db)];
const shared = await makeSharedDevice(db);

describe('the board over decisions of hooks and people', () => {
  test('the board separates refusals by policy, by people, and found wrong [R24]', async () => {
    const [primary, sub] = await fixture.pair();
    await fixture.attempt(primary, sub);
    const [other] = await fixture.pair();
    const strangers = await fixture.attempt(primary, other);
    const [mine, own] = await fixture.pair();
    const doubtful = await fixture.attempt(mine, own, { visitor: shared });
    expect(await fixture.judge(doubtful.id, first, 'reject')).toBe('decided');
    const [two, three] = await fixture.pair();
    const accepted = await fixture.attempt(two, three, { visitor: shared });
    expect(await fixture.judge(accepted.id, first, 'accept')).toBe('decided');
    const [here, there] = await fixture.pair();
    await fixture.attempt(here, there, { decision: 'refuse' }); // an owner's own no

    const before = await boardFor(db, operator);
    expect(before.split).toStrictEqual({ automatic: 1, person: 1, wrong: 0 });
    expect(told(before, 'same-owner')?.refusals).toStrictEqual({
      automatic: 1,
      person: 0,
      wrong: 0,
    });
    expect(told(before, 'device')?.refusals).toStrictEqual({ automatic: 0, person: 1, wrong: 0 });
    expect(before.refusals).toStrictEqual([
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
      expect(appealed.ok).toBe(true);
    }
    expect((await boardFor(db, operator)).appeals).toStrictEqual({
      open: 2,
      upheld: 0,
      dismissed: 0,
    });
    expect(await fixture.judge(doubtful.id, second, 'accept')).toBe('decided');
    expect(await fixture.judge(strangers.id, second, 'reject')).toBe('decided');
    const after = await boardFor(db, operator);
    expect(after.split).toStrictEqual({ automatic: 1, person: 0, wrong: 1 });
    expect(after.appeals).toStrictEqual({ open: 0, upheld: 1, dismissed: 1 });
    expect([
      told(after, 'device')?.refusals.wrong,
      told(after, 'device')?.objectedWrongly,
    ]).toStrictEqual([1, 1]);
    expect(after.periods.at(-1)?.split.wrong).toBe(1);
    expect(
      after.times.some(
        ({ part, figures }) => part === 'facts' && figures.count === after.periods.at(-1)?.decided,
      ),
    ).toBe(true);
  });

  test('the board shows step-up results and how often a shadow hook differs [R22, R24]', async () => {
    const tries = { pack: 'stricter' };
    const [a, b] = await fixture.pair();
    const [c, d] = await fixture.pair();
    await fixture.attempt(c, d, tries);
    await advanceClock(db, 'PT2H');
    await cleanUp(deps); // the proof never came
    const waiting = await fixture.attempt(a, b, tries);
    const [e] = await fixture.pair();
    await fixture.attempt(a, e, tries); // refused for its owner, and nobody asks for a proof
    const { stepUps, shadows, packs: byPack, split } = await boardFor(db, operator);
    expect(waiting.state).toBe('proving');
    expect(
      stepUps.map(({ hook, outcomes }) => [
        hook,
        outcomes.waiting,
        outcomes.gave_up,
        outcomes.proved,
      ]),
    ).toStrictEqual([['asks', 1, 1, 0]]);
    expect(shadows).toStrictEqual([
      { hook: 'wary', asked: 3, same: 0, stricter: 2, milder: 1, wouldRefuse: 0 },
    ]);
    const ours = byPack.find(({ pack }) => pack === 'stricter');
    expect(ours).toStrictEqual({
      pack: 'stricter',
      decisions: { allow: 0, step_up: 2, review: 0, deny: 1 },
      split: { automatic: 2, person: 0, wrong: 0 },
    });
    // both packs together
    expect(split).toStrictEqual({ automatic: 3, person: 0, wrong: 1 });
  });

  test('tallies change no figure; an appeal upheld later moves the old refusal [R24]', async () => {
    const [p, q] = await fixture.pair();
    const late = await fixture.attempt(p, q, { visitor: shared });
    expect(await fixture.judge(late.id, first, 'reject')).toBe('decided');
    const live = await boardFor(db, operator);
    await advanceClock(db, 'PT5M');
    await countBoard(db);
    await countBoard(db);
    expect(
      (await db.query<{ n: number }>(sql`select count(*) as n from board_tallies`))[0]?.n ?? 0,
    ).toBeGreaterThan(10);
    const tallied = await boardFor(db, operator, live.range);
    expect(tallied).toStrictEqual(live);
    const appealed = await appealRefusal(deps, {
      requestId: late.id,
      by: p,
      text: '这是我自己的两台手机',
    });
    expect(appealed.ok).toBe(true);
    await fixture.judge(late.id, second, 'accept');
    const { split } = await boardFor(db, operator, live.range);
    expect(split).toStrictEqual({
      ...live.split,
      person: live.split.person - 1,
      wrong: live.split.wrong + 1,
    });
    await advanceClock(db, 'PT1H');
    await countBoard(db);
    expect((await boardFor(db, operator, live.range)).split).toStrictEqual(split);
  });

  test('a step-up that ends after the tally is counted once, with its result [R24]', async () => {
    const [p, q] = await fixture.pair();
    await fixture.attempt(p, q, { pack: 'stricter' });
    const outcomes = async () =>
      (await boardFor(db, operator, { pack: 'stricter' }, known)).stepUps[0]?.outcomes;
    const before = await outcomes();
    await advanceClock(db, 'PT5M');
    await countBoard(db);
    expect(await outcomes()).toStrictEqual(before);
    const waited = before?.waiting ?? 0;
    expect(waited).toBeGreaterThan(0);
    await advanceClock(db, 'PT2H');
    const after = { ...before, waiting: 0, gave_up: (before?.gave_up ?? 0) + waited };
    expect(await outcomes()).toStrictEqual(after); // its time is up, though no job has ended it
    await cleanUp(deps);
    expect(await outcomes()).toStrictEqual(after);
    for (let rounds = 0; rounds < 2; rounds += 1) await countBoard(db);
    expect(await outcomes()).toStrictEqual(after);
  });

  test('only operators whose account is active see the board [R24]', async () => {
    const reviewer = await viewBoard({ db, packs }, { operator: first, asked: OPEN });
    expect(reviewer.ok || reviewer.refusal.code).toBe('not_an_operator');
    const gone = await makeOperator(db);
    await db.query(sql`update accounts set status = 'restricted' where id = ${gone}`);
    const restricted = await viewBoard({ db, packs }, { operator: gone, asked: OPEN });
    expect(restricted.ok || restricted.refusal.code).toBe('not_an_operator');
  });
});
