import { describe, expect, test } from '@jest/globals';
import { countBoard } from '../../src/board/count-board.ts';
import { sql } from '../../src/store/sql.ts';
import { boardFor } from '../fixtures/board.ts';
import { makeOperator } from '../fixtures/review.ts';
import { fillBoardHistory } from '../support/board-history.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();
const operator = await makeOperator(db);
await fillBoardHistory(db, { days: 12, perDay: 200 });

describe('the board over the past', () => {
  test('the board counts past days, packs and hooks as they were [R24]', async () => {
    const { split, decisions, periods, shadows, stepUps } = await boardFor(db, operator);
    expect(decisions).toStrictEqual({
      allow: 12 * 167,
      step_up: 12 * 8,
      review: 12 * 10,
      deny: 12 * 15,
    });
    expect(periods.length).toBe(30);
    // nothing today
    expect(periods.at(-1)?.decided).toStrictEqual(0);
    for (const day of periods.slice(17, 29))
      expect([day.decided, day.split]).toStrictEqual([200, { automatic: 14, person: 5, wrong: 1 }]);
    expect(split).toStrictEqual({ automatic: 12 * 14, person: 12 * 5, wrong: 12 });
    expect(shadows[0]?.asked).toBe(12 * 40);
    expect(stepUps[0]?.outcomes).toStrictEqual({
      proved: 12 * 6,
      accepted: 0,
      rejected: 0,
      refused: 0,
      gave_up: 12 * 2,
      with_people: 0,
      waiting: 0,
    });
  });

  test('the figures of single packs add up to those of all packs [R24]', async () => {
    const all = await boardFor(db, operator);
    const each = await Promise.all(
      ['douyin', 'weibo'].map(async (pack) => await boardFor(db, operator, { pack })),
    );
    for (const part of ['automatic', 'person', 'wrong'] as const)
      expect(
        each[0]?.split[part] === undefined
          ? -1
          : (each[0]?.split[part] ?? 0) + (each[1]?.split[part] ?? 0),
      ).toBe(all.split[part]);
    expect(each.map(({ packs: only }) => only.map(({ pack }) => pack))).toStrictEqual([
      ['douyin'],
      ['weibo'],
    ]);
  });

  test('tallied days are read from tallies, and parallel runs count nothing twice [R24]', async () => {
    const days = await boardFor(db, operator);
    await Promise.all([countBoard(db), countBoard(db), countBoard(db)]);
    for (let rounds = 0; rounds < 3; rounds += 1) await countBoard(db);
    expect(await boardFor(db, operator)).toStrictEqual(days);
    await db.query(sql`update decisions set pack = 'unseen'`);
    // the decisions are not read again
    expect((await boardFor(db, operator)).packs).toStrictEqual(days.packs);
    const weeks = await boardFor(db, operator, { by: 'week' });
    expect([weeks.split, weeks.hooks, weeks.decisions]).toStrictEqual([
      days.split,
      days.hooks,
      days.decisions,
    ]);
    expect(weeks.periods.length).toBeLessThanOrEqual(6);
  });
});
