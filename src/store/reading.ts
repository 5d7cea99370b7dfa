import type { Db } from './database.ts';
import { type Statement, sideBySide } from './sql.ts';

/**
 * A read that is yet to be sent, and what its rows mean. Its columns must survive JSON, which knows neither dates nor
 * bytes: a moment is selected as milliseconds, bytes as hex.
 */
export interface Reading<Told> {
  readonly statement: Statement;
  /** Takes the rows as the database gave them. */
  read(rows: readonly never[]): Told;
}

/** Pairs a statement with what its rows mean. */
export function reading<Row, Told>(statement: Statement, read: (rows: readonly Row[]) => Told): Reading<Told> {
  return { statement, read };
}

/** Sends it alone. */
export async function ask<Told>(db: Db, { statement, read }: Reading<Told>): Promise<Told> {
  return read(await db.query<never>(statement));
}

type Told<Readings> = { readonly [Name in keyof Readings]: Readings[Name] extends Reading<infer T> ? T : never };

/** Sends several in one statement, of which each sees the same moment; each answer under the name of its question. */
export async function askTogether<Readings extends Readonly<Record<string, Reading<unknown>>>>(
  db: Db,
  readings: Readings,
): Promise<Told<Readings>> {
  const named = Object.entries(readings);
  const [row] = await db.query<Readonly<Record<string, readonly never[]>>>(sideBySide(named.map(([, { statement }]) => statement)));
  return Object.fromEntries(named.map(([name, { read }], at) => [name, read(row?.[`part_${at}`] ?? [])])) as Told<Readings>;
}
