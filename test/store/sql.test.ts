import { expect, test } from '@jest/globals';
import { assemble, sql, together } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();

const put = (key: string, points: number) =>
  sql`insert into rate_limits (key, points) values (${key}, ${points})`;

test('statements sent together keep their own values', async () => {
  await db.query(together([put('a', 1), put('b', 2), put('c', 3)]));
  await db.query(together([put('d', 4), put('e', 5), put('f', 6)]));
  const rows = await db.query<{ all: string }>(
    sql`select string_agg(key || points, ' ' order by key) as all from rate_limits`,
  );
  expect(rows[0]?.all).toBe('a1 b2 c3 d4 e5 f6');
});

test('one failed statement undoes all of them', async () => {
  await expect(db.query(together([put('g', 7), put('a', 1)]))).rejects.toMatchObject({
    code: '23505',
  });
  expect(await db.query(sql`select 1 from rate_limits where key = 'g'`)).toStrictEqual([]);
});

test('equal statements have equal names, and others have other names', () => {
  const [one, again] = [together([put('a', 1), put('b', 2)]), together([put('x', 8), put('y', 9)])];
  expect(one.name).toBe(again.name);
  expect(together([put('a', 1)]).name).toBe(put('b', 2).name);
  expect(together([put('a', 1), put('b', 2), put('c', 3)]).name).not.toBe(one.name);
});

test('parts become one statement with their own values, and text stays a value', async () => {
  const key = sql`key = ${'a'}`;
  const points = assemble`points between ${1} and ${2}`;
  const text = { name: '', text: 'true; drop table rate_limits', values: [] };
  const whole = assemble`select ${text.text}::text as said from rate_limits where (${key} and ${points}) or key = ${'z'}`;
  expect(whole.text).toBe(
    'select $1::text as said from rate_limits where (key = $2 and points between $3 and $4) or key = $5',
  );
  expect(whole.values).toStrictEqual([text.text, 'a', 1, 2, 'z']);
  expect(await db.query(whole)).toStrictEqual([{ said: text.text }]);
  // What no tag made is a value, whatever it looks like.
  expect(assemble`select ${text}`.text).toBe('select $1');
});
