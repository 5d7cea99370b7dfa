import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Database } from '../../src/store/database.ts';
import { freshDatabase } from '../support/database.ts';
import { sourceStatements } from '../support/source-statements.ts';

const { db } = await freshDatabase();

/** Tables, views and columns without a comment, but for partitions and knex's own tables. */
async function withoutComment({ pool }: Database): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(`
    select c.relname || coalesce('.' || a.attname, '') as name
      from pg_class c
      cross join lateral (select null::name as attname, 0 as attnum
                          union all
                          select attname, attnum from pg_attribute
                           where attrelid = c.oid and attnum > 0 and not attisdropped
                             and c.relkind <> 'v') a
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
       and not c.relispartition
       and c.relname !~ '^schema_migrations'
       and coalesce(case a.attnum when 0 then obj_description(c.oid, 'pg_class')
                                  else col_description(c.oid, a.attnum) end, '') = ''
     order by 1`);
  return rows.map(({ name }) => name);
}

/** Foreign keys to tables in `deleted` whose columns lead no index: a deletion reads the table. */
async function withoutIndex({ pool }: Database, deleted: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select r.conrelid::regclass || ' ' || r.conname as name from pg_constraint r
      where r.contype = 'f' and r.confrelid::regclass::text = any($1) and r.conparentid = 0
        and not exists (
          select from pg_index x
           where x.indrelid = r.conrelid
             and (x.indpred is null or pg_get_expr(x.indpred, x.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
             and (x.indkey::int2[])[0:cardinality(r.conkey) - 1] @> r.conkey)
      order by 1`,
    [deleted],
  );
  return rows.map(({ name }) => name);
}

/** Tables from which src or a function of the database deletes rows or drops a month. */
async function deletedFrom({ pool }: Database): Promise<string[]> {
  const texts = [
    ...sourceStatements().map(({ text }) => text),
    ...(
      await pool.query<{ prosrc: string }>(
        `select prosrc from pg_proc where pronamespace = 'public'::regnamespace`,
      )
    ).rows.map(({ prosrc }) => prosrc),
  ];
  const named = texts.flatMap((text) =>
    [...text.matchAll(/delete from (\w+)/g)].map(([, table = '']) => table),
  );
  const rotated = globSync('migrations/*.sql').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/when '(\w+)' then '\w+_?at'/g)].map(
      ([, table = '']) => table,
    ),
  );
  return [...new Set([...named, ...rotated])];
}

describe('comments', () => {
  test('every table, view and column says what it holds', async () => {
    expect(await withoutComment(db)).toStrictEqual([]);
  });

  test('the check of comments finds a missing one', async () => {
    const own = await freshDatabase();
    await own.db.pool.query(`comment on column owners.kind is null; create table bare (id int)`);
    expect(await withoutComment(own.db)).toStrictEqual(['bare', 'bare.id', 'owners.kind']);
  });
});

describe('foreign keys', () => {
  test('an index serves every foreign key that a deletion follows', async () => {
    const deleted = await deletedFrom(db);
    expect([
      deleted.join(),
      deleted.includes('account_claims') && deleted.includes('decisions'),
    ]).toStrictEqual([deleted.join(), true]);
    expect(await withoutIndex(db, deleted)).toStrictEqual([]);
  });

  test('the check of foreign keys finds one without an index', async () => {
    const own = await freshDatabase();
    await own.db.pool.query(`
      create table followers (id int primary key, claim text references account_claims,
                              half text references account_claims);
      create index followers_half on followers (half) where id > 0`);
    expect(await withoutIndex(own.db, await deletedFrom(own.db))).toStrictEqual([
      'followers followers_claim_fkey',
      'followers followers_half_fkey',
    ]);
  });
});
