import { hash } from 'node:crypto';
import type { Db } from './database.ts';
import { sql } from './sql.ts';

/**
 * A budget of attempts in a window. The window opens with the first attempt. When it ends, the
 * count restarts.
 */
export interface Limiter {
  readonly name: string;
  readonly attempts: number;
  readonly seconds: number;
}

/** One attempt on one budget. */
export interface Consumption {
  readonly limiter: Limiter;
  readonly key: string;
}

/** A key of fixed length, without a readable address. */
function rowOf({ limiter, key }: Consumption): string {
  return `${limiter.name}:${hash('sha256', key, 'base64url')}`;
}

/**
 * Consumes one attempt of each budget, in order, up to the first that is spent. That one is
 * returned, and the later ones are not changed. PostgreSQL counts, so that all workers see the same
 * number. One statement does it all (migrations/0022_rate_limits_and_user_codes.sql) and locks the
 * rows in the given order.
 */
export async function consume(
  db: Db,
  consumptions: readonly Consumption[],
): Promise<Limiter | undefined> {
  const limiters = consumptions.map(({ limiter }) => limiter);
  const [row] = await db.query<{ spent: number | null }>(sql`
    select consume_rate_limits(${consumptions.map(rowOf)}::text[],
                               ${limiters.map(({ attempts }) => attempts)}::integer[],
                               ${limiters.map(({ seconds }) => seconds)}::integer[]) as spent`);
  return row?.spent ? limiters[row.spent - 1] : undefined;
}

/** Gives back the consumed attempts, because the attempt was honest. */
export async function reward(db: Db, consumptions: readonly Consumption[]): Promise<void> {
  const rows = consumptions.map(rowOf);
  await db.query(sql`
    with held as (
      select key from rate_limits
       where key = any(${rows}::text[]) and expire > extract(epoch from clock_timestamp()) * 1000
       order by array_position(${rows}::text[], key::text) for update
    )
    update rate_limits set points = greatest(points - 1, 0) where key in (select key from held)`);
}

/** Deletes one batch of counters whose window is over. `expire` is in milliseconds. */
export async function deleteOldCounters(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from rate_limits where ctid = any(array(
      select ctid from rate_limits where expire < (extract(epoch from now()) * 1000)::bigint
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}
