import { describe, expect, test } from '@jest/globals';
import { codesIn, readDocument, tableUnder } from './docs/examples.ts';
import { freshDatabase } from './support/database.ts';
import { namedTables } from './support/named-tables.ts';
import { type SourceStatement, sourceStatements } from './support/source-statements.ts';

const { db } = await freshDatabase();

interface Ownership {
  /** The room of each table. */
  readonly tables: ReadonlyMap<string, string>;
  readonly views: ReadonlySet<string>;
}

const DOCUMENTED = tableUnder(readDocument('docs/architecture.md'), 'Tables').map(
  ([room = '', tables = '', views = '']) => ({
    room: codesIn(room).join().replace('/', ''),
    tables: codesIn(tables),
    views: codesIn(views),
  }),
);

const OWNERSHIP: Ownership = {
  tables: new Map(
    DOCUMENTED.flatMap(({ room, tables }) => tables.map((table) => [table, room] as const)),
  ),
  views: new Set(DOCUMENTED.flatMap(({ views }) => views)),
};

/** What a statement does that only the owner's store may do. */
function breaches({ where, text }: SourceStatement): readonly string[] {
  const room = /^src\/([^/]+)\//.exec(where)?.[1];
  const found = namedTables(text).flatMap(({ name, written }) => {
    const owner = OWNERSHIP.tables.get(name);
    if (owner !== undefined && owner !== room) return `${where} names ${name} of ${owner}/`;
    if (written && OWNERSHIP.views.has(name)) return `${where} writes to the view ${name}`;
    return [];
  });
  return [...new Set(found)];
}

/** Columns that no statement in src writes, and who does. */
const WRITTEN_ELSEWHERE = [
  'live_broadcasts.ended_at', // the platform
  'oidc_artifacts.consumed_at', // oidc_write, like the next three
  'oidc_artifacts.destroyed_at',
  'oidc_artifacts.grant_id',
  'oidc_artifacts.uid',
  'orders.settled_at', // the platform
  'rate_limits.expire', // consume_rate_limits, like the next
  'rate_limits.key',
  'signing_keys.retired_at', // nobody yet: no command retires a key
] as const;

/** Whether the statement inserts a value for the column, or sets it. */
function writes(text: string, table: string, column: string): boolean {
  const inserted =
    new RegExp(`insert into ${table}\\s*(?:as \\w+\\s*)?\\(([^)]*)\\)`).exec(text)?.[1] ?? '';
  const set =
    new RegExp(`(?:update|insert into) ${table}\\b[^]*?\\bset\\b([^]*)`).exec(text)?.[1] ?? '';
  return new RegExp(`\\b${column}\\b`).test(inserted) || new RegExp(`\\b${column}\\s*=`).test(set);
}

/** The relations of the database, but for partitions and knex's own tables. */
async function relations(kinds: readonly string[]): Promise<string[]> {
  const { rows } = await db.pool.query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind = any($1) and not relispartition
        and relname !~ '^schema_migrations' order by 1`,
    [kinds],
  );
  return rows.map(({ name }) => name).sort();
}

describe('the tables of rooms', () => {
  test('only stores of the owning room name a table', () => {
    expect(sourceStatements().flatMap(breaches)).toStrictEqual([]);
  });

  test('some statement in src writes every column that has no default', async () => {
    const { rows } = await db.pool.query<{ table: string; column: string }>(
      `select table_name as "table", column_name as "column" from information_schema.columns
        where table_schema = 'public' and column_default is null and is_identity = 'NO'
          and is_generated = 'NEVER' order by 1, 2`,
    );
    const columns = rows.filter(({ table }) => OWNERSHIP.tables.has(table));
    expect(columns.length).toBeGreaterThan(200);
    const texts = sourceStatements().map(({ text }) => text);
    const unwritten = columns.filter(
      ({ table, column }) => !texts.some((text) => writes(text, table, column)),
    );
    expect(unwritten.map(({ table, column }) => `${table}.${column}`)).toStrictEqual([
      ...WRITTEN_ELSEWHERE,
    ]);
  });

  test('some statement in src names every table', () => {
    const named = new Set(
      sourceStatements().flatMap(({ text }) => namedTables(text).map(({ name }) => name)),
    );
    expect([...OWNERSHIP.tables.keys()].filter((table) => !named.has(table))).toStrictEqual([]);
  });

  test('docs/architecture.md lists every table once, under its room', async () => {
    const listed = DOCUMENTED.flatMap(({ tables }) => tables).sort();
    expect(listed).toStrictEqual(await relations(['r', 'p']));
  });

  test('docs/architecture.md lists every view once, under its room', async () => {
    const listed = DOCUMENTED.flatMap(({ views }) => views).sort();
    expect(listed).toStrictEqual(await relations(['v']));
  });

  test('docs/architecture.md lists rooms in the order of the import law', () => {
    const rooms = tableUnder(readDocument('docs/architecture.md'), 'Rooms').map(([room = '']) =>
      codesIn(room).join().replace('/', ''),
    );
    const listed = DOCUMENTED.map(({ room }) => room);
    expect(listed).toStrictEqual(rooms.filter((room) => listed.includes(room)));
  });
});

describe('the checker of table owners', () => {
  const named = (text: string) => breaches({ where: 'src/board/board.store.ts findIt', text });
  // biome-ignore format: a table is read by its columns
  const BAD: readonly (readonly [string, string, string])[] = [
    ['a read',                  'select 1 from accounts where id = $1',                          'names accounts of accounts/'],
    ['a join',                  'select 1 from board_tallies t join bindings b on b.id = t.day', 'names bindings of binding/'],
    ['the second of a list',    'select 1 from board_counted b, lateral f(b.until) c, decisions', 'names decisions of policy/'],
    ['a subquery',              'select (select count(*) from (select 1 from "owners" o) x)',    'names owners of owners/'],
    ['a CTE that deletes',      'with gone as (delete from signals where month < $1) select 1',  'names signals of risk/'],
    ['an insert',               'insert into audit_log (action) values ($1)',                    'names audit_log of audit/'],
    ['an update',               'update clients set metadata = $1',                              'names clients of oidc/'],
    ['a delete with using',     'delete from board_counted b using review_cases c where true',   'names review_cases of review/'],
    ['a write to a view',       'update request_states set state = $1',                          'writes to the view request_states'],
    ['a delete from a view',    'delete from request_states where id = $1',                      'writes to the view request_states'],
  ];
  for (const [what, text, says] of BAD)
    test(`finds ${what}`, () =>
      expect(named(text)).toStrictEqual([`src/board/board.store.ts findIt ${says}`]));

  test('accepts views, own tables, and columns and texts that are called like tables', () => {
    expect(
      named(`
        select r.evidence, 'from accounts' as said from board_tallies t join request_states r using (id)
         where extract(epoch from r.at) > 1 and r.evidence is distinct from $1 -- from owners
         order by t.day, evidence`),
    ).toStrictEqual([]);
  });
});
