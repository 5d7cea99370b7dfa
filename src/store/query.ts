import type { Db } from './database.ts';
import { type Statement, sideBySide } from './sql.ts';

/**
 * A read that is yet to be sent, and what its rows mean. Its columns must survive JSON, which knows
 * neither dates nor bytes: a moment is selected by `milliseconds`, bytes as hex.
 */
export interface Query<Told> {
  readonly statement: Statement;
  /** Takes the rows as the database gave them. */
  read(rows: readonly never[]): Told;
}

/** Pairs a statement with what its rows mean. */
export function query<Row, Told>(
  statement: Statement,
  read: (rows: readonly Row[]) => Told,
): Query<Told> {
  return { statement, read };
}

/** Sends it alone. */
export async function runQuery<Told>(db: Db, { statement, read }: Query<Told>): Promise<Told> {
  return read(await db.query<never>(statement));
}

type Told<Readings> = {
  readonly [Name in keyof Readings]: Readings[Name] extends Query<infer T> ? T : never;
};

/**
 * Several as one, of which each sees the same moment; each answer under the name of its question.
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

/** Sends several in one statement. */
export async function runQueries<Readings extends Readonly<Record<string, Query<unknown>>>>(
  db: Db,
  readings: Readings,
): Promise<Told<Readings>> {
  return await runQuery(db, joinQueries(readings));
}

/** Rows told by columns, each a `json_agg` over the same rows; of no rows, null. */
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
