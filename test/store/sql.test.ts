import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql, together } from '../../src/store/sql.ts';
import { freshDatabase } from '../support/database.ts';

const { db } = await freshDatabase();

const put = (key: string, points: number) =>
  sql`insert into rate_limits (key, points) values (${key}, ${points})`;

test('statements sent together keep each its own values', async () => {
  await db.query(together([put('a', 1), put('b', 2), put('c', 3)]));
  await db.query(together([put('d', 4), put('e', 5), put('f', 6)]));
  const rows = await db.query<{ all: string }>(
    sql`select string_agg(key || points, ' ' order by key) as all from rate_limits`,
  );
  assert.equal(rows[0]?.all, 'a1 b2 c3 d4 e5 f6');
});

test('one of them failing undoes all', async () => {
  await assert.rejects(db.query(together([put('g', 7), put('a', 1)])), { code: '23505' });
  assert.deepEqual(await db.query(sql`select 1 from rate_limits where key = 'g'`), []);
});

test('the same statements have the same name, others another', () => {
  const [one, again] = [together([put('a', 1), put('b', 2)]), together([put('x', 8), put('y', 9)])];
  assert.equal(one.name, again.name);
  assert.equal(together([put('a', 1)]).name, put('b', 2).name);
  assert.notEqual(together([put('a', 1), put('b', 2), put('c', 3)]).name, one.name);
});
