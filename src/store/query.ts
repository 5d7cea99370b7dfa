import type { Db } from './database.ts';
import { type Statement, sideBySide } from './sql.ts';

/**
 * A read that is not sent yet, with the function that reads its rows. Its columns must survive
 * JSON, which has no dates or bytes. Select moments with `milliseconds`, and bytes as hex.
 */
export interface Query<Told> {
  readonly statement: Statement;
  /** Converts the rows from the database. */
  read(rows: readonly never[]): Told;
}

/** Pairs a statement with the function that reads its rows. */
export function query<Row, Told>(
  statement: Statement,
  read: (rows: readonly Row[]) => Told,
): Query<Told> {
  return { statement, read };
}

/** Sends one query alone. */
export async function runQuery<Told>(db: Db, { statement, read }: Query<Told>): Promise<Told> {
  return read(await db.query<never>(statement));
}

type Told<Readings> = {
  readonly [Name in keyof Readings]: Readings[Name] extends Query<infer T> ? T : never;
};

/**
 * Joins several queries into one, over the same snapshot. Each result has the name of its query.
 */
export function joinQueries<Readings extends Readonly<Record<string, Query<unknown>>>>(
  readings: Readings,
): Query<Told<Readings>> {
  const named = Object.entries(readings);
  return query(
    sideBySide(named.map(([, { statement }]) => statement)),
    ([row]: readonly Readonly<Record<string, readonly never[]>>[]) =>
      Object.fromEntries(
        named.map(([name, { read }], at) => [name, read(row?.[`part_${at}`] ?? [])]),
      ) as Told<Readings>,
  );
}

/** Sends several queries in one statement. */
export async function runQueries<Readings extends Readonly<Record<string, Query<unknown>>>>(
  db: Db,
  readings: Readings,
): Promise<Told<Readings>> {
  return await runQuery(db, joinQueries(readings));
}

/** Rows as columns, each a `json_agg` over the same rows; null if there are no rows. */
export type Columns<Row> = { readonly [Name in keyof Row]: readonly Row[Name][] | null };

export function rowsOf<Row>(columns: Columns<Row>): Row[] {
  const named = Object.entries(columns) as [string, readonly unknown[] | null][];
  const rows = Array.from(
    { length: named[0]?.[1]?.length ?? 0 },
    (): Record<string, unknown> => ({}),
  );
  for (const [name, values] of named)
    for (const [at, row] of rows.entries()) row[name] = values?.[at];
  return rows as Row[];
}
