import { describe, expect, test } from '@jest/globals';
import { type Consumption, consume, type Limiter, reward } from '../../src/store/rate-limits.ts';
import { sql } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase({ max: 20 });

let made = 0;
const limiter = (attempts: number, seconds = 900): Limiter => {
  made += 1;
  return { name: `limiter-${made}`, attempts, seconds };
};

async function pointsOf({ name }: Limiter): Promise<number> {
  const rows = await db.query<{ points: number }>(
    sql`select points from rate_limits where key like ${`${name}:%`}`,
  );
  return rows[0]?.points ?? 0;
}

describe('a rate limit', () => {
  test('a budget allows its number of attempts, for each key separately', async () => {
    const one = limiter(3);
    for (let at = 0; at < 3; at += 1)
      expect(await consume(db, [{ limiter: one, key: 'a' }])).toBe(undefined);
    expect(await consume(db, [{ limiter: one, key: 'a' }])).toBe(one);
    expect(await consume(db, [{ limiter: one, key: 'b' }])).toBe(undefined);
  });

  test('a hundred attempts at once are counted exactly, in order of the budgets', async () => {
    const [pair, login, address] = [limiter(10), limiter(60), limiter(300)];
    const consumptions: readonly Consumption[] = [
      { limiter: pair, key: 'p' },
      { limiter: login, key: 'l' },
      { limiter: address, key: 'a' },
    ];
    const spent = await Promise.all(Array.from({ length: 100 }, () => consume(db, consumptions)));
    expect(spent.filter((each) => each === undefined).length).toBe(10);
    expect(new Set(spent.filter(Boolean))).toStrictEqual(new Set([pair]));
    // What the first budget refuses does not count in later ones: a guesser cannot spend the
    // owner's budget.
    expect([await pointsOf(login), await pointsOf(address)]).toStrictEqual([10, 10]);
  });

  test('the first spent budget is named, and later ones are unchanged', async () => {
    const limiters = [limiter(5), limiter(1), limiter(5), limiter(5)];
    const consumptions: readonly Consumption[] = limiters.map((each) => ({
      limiter: each,
      key: 'k',
    }));
    expect(await consume(db, consumptions)).toBe(undefined);
    expect(await consume(db, consumptions)).toBe(limiters[1]);
    expect(await Promise.all(limiters.map(pointsOf))).toStrictEqual([2, 2, 1, 1]);
  });

  test('a reward gives back what the attempt consumed, and no more', async () => {
    const [one, two] = [limiter(2), limiter(2)];
    const consumptions: readonly Consumption[] = [
      { limiter: one, key: 'k' },
      { limiter: two, key: 'k' },
    ];
    for (let at = 0; at < 10; at += 1) {
      expect(await consume(db, consumptions)).toBe(undefined);
      await reward(db, consumptions);
    }
    await reward(db, consumptions);
    expect([await pointsOf(one), await pointsOf(two)]).toStrictEqual([0, 0]);
  });

  test('consume and reward at once do not deadlock', async () => {
    const [one, two, three] = [limiter(1_000), limiter(1_000), limiter(1_000)];
    const consumptions: readonly Consumption[] = [one, two, three].map((each) => ({
      limiter: each,
      key: 'k',
    }));
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        expect(await consume(db, consumptions)).toBe(undefined);
        await reward(db, consumptions);
      }),
    );
    expect([await pointsOf(one), await pointsOf(two), await pointsOf(three)]).toStrictEqual([
      0, 0, 0,
    ]);
  });

  test('a budget is full again when its window ends', async () => {
    const one = limiter(1);
    const consumption: readonly Consumption[] = [{ limiter: one, key: 'k' }];
    await consume(db, consumption);
    expect(await consume(db, consumption)).toBe(one);
    await db.query(sql`update rate_limits set expire = 0 where key like ${`${one.name}:%`}`);
    expect(await consume(db, consumption)).toBe(undefined);
    expect(await consume(db, consumption)).toBe(one);
  });

  test('a key may have any length, and is not stored in clear', async () => {
    const one = limiter(1);
    await consume(db, [{ limiter: one, key: `198.51.100.7|${'x'.repeat(5_000)}` }]);
    const rows = await db.query<{ key: string }>(
      sql`select key from rate_limits where key like ${`${one.name}:%`}`,
    );
    expect(rows[0]?.key ?? '').toMatch(/^limiter-\d+:[\w-]{43}$/);
  });
});
