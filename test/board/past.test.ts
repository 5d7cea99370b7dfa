import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countBoard } from '../../src/board/count-board.ts';
import { sql } from '../../src/store/sql.ts';
import { makeOperator } from '../review/desk.ts';
import { freshDatabase } from '../support/database.ts';
import { pourPast } from '../support/past.ts';
import { boardFor } from './look.ts';

const { db } = await freshDatabase();
const operator = await makeOperator(db);
await pourPast(db, { days: 12, perDay: 200 });

describe('the board over the past', () => {
  test('R24 counts days, packs and hooks as they were', async () => {
    const { split, decisions, periods, shadows, stepUps } = await boardFor(db, operator);
    assert.deepEqual(decisions, {
      allow: 12 * 167,
      step_up: 12 * 8,
      review: 12 * 10,
      deny: 12 * 15,
    });
    assert.equal(periods.length, 30);
    assert.deepEqual(periods.at(-1)?.decided, 0, 'nothing today');
    for (const day of periods.slice(17, 29))
      assert.deepEqual([day.decided, day.split], [200, { automatic: 14, person: 5, wrong: 1 }]);
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
    const each = await Promise.all(
      ['douyin', 'weibo'].map(async (pack) => await boardFor(db, operator, { pack })),
    );
    for (const part of ['automatic', 'person', 'wrong'] as const)
      assert.equal(
        each[0]?.split[part] === undefined
          ? -1
          : (each[0]?.split[part] ?? 0) + (each[1]?.split[part] ?? 0),
        all.split[part],
      );
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
    assert.deepEqual(
      (await boardFor(db, operator)).packs,
      days.packs,
      'the decisions themselves are not looked at again',
    );
    const weeks = await boardFor(db, operator, { by: 'week' });
    assert.deepEqual(
      [weeks.split, weeks.hooks, weeks.decisions],
      [days.split, days.hooks, days.decisions],
    );
    assert.ok(weeks.periods.length <= 6);
  });
});
