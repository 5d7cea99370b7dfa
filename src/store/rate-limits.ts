import { hash } from 'node:crypto';
import type { Db } from './database.ts';
import { sql } from './sql.ts';

/** A budget of attempts within a window. The window opens with the first attempt and is counted anew when it is over. */
export interface Limiter {
  readonly name: string;
  readonly attempts: number;
  readonly seconds: number;
}

/** One attempt on somebody's budget. */
export interface Consumption {
  readonly limiter: Limiter;
  readonly key: string;
}

/** As many as one statement takes. */
export type Consumptions =
  | readonly [Consumption]
  | readonly [Consumption, Consumption]
  | readonly [Consumption, Consumption, Consumption];

/** Of one length whatever was typed, and nobody's address in clear. */
function rowOf({ limiter, key }: Consumption): string {
  return `${limiter.name}:${hash('sha256', key, 'base64url')}`;
}

/**
 * Books one attempt on each, in their order, up to the first whose budget was spent already: that one is returned, and
 * those behind it were not touched. Counted in PostgreSQL, so that every worker sees the same number, and in one
 * statement, whose rows are locked in the given order: a thousand attempts at once are booked one after the other.
 */
export async function consume(
  db: Db,
  [first, second, third]: Consumptions,
): Promise<Limiter | undefined> {
  const [points] = await db.query<
    Readonly<Record<'first' | 'second' | 'third', number | null>>
  >(sql`
    with clock as materialized (
      select (extract(epoch from clock_timestamp()) * 1000)::bigint as at
    ), first as (
      insert into rate_limits as held (key, points, expire)
      select ${rowOf(first)}::text, 1, at + ${first.limiter.seconds}::int * 1000 from clock
      on conflict (key) do update
         set points = case when held.expire <= (select at from clock) then 1 else held.points + 1 end,
             expire = case when held.expire <= (select at from clock) then excluded.expire else held.expire end
      returning points
    ), second as (
      insert into rate_limits as held (key, points, expire)
      select ${second ? rowOf(second) : null}::text, 1, at + ${second?.limiter.seconds ?? 0}::int * 1000 from clock, first
       where first.points <= ${first.limiter.attempts}::int and ${second !== undefined}
      on conflict (key) do update
         set points = case when held.expire <= (select at from clock) then 1 else held.points + 1 end,
             expire = case when held.expire <= (select at from clock) then excluded.expire else held.expire end
      returning points
    ), third as (
      insert into rate_limits as held (key, points, expire)
      select ${third ? rowOf(third) : null}::text, 1, at + ${third?.limiter.seconds ?? 0}::int * 1000 from clock, second
       where second.points <= ${second?.limiter.attempts ?? 0}::int and ${third !== undefined}
      on conflict (key) do update
         set points = case when held.expire <= (select at from clock) then 1 else held.points + 1 end,
             expire = case when held.expire <= (select at from clock) then excluded.expire else held.expire end
      returning points
    )
    select (select points from first) as first, (select points from second) as second, (select points from third) as third`);
  const booked = [points?.first, points?.second, points?.third];
  return [first, second, third].find(
    (booking, at) => booking && (booked[at] ?? Number.POSITIVE_INFINITY) > booking.limiter.attempts,
  )?.limiter;
}

/** Returns one attempt to each, for those that turned out to be honest. */
export async function reward(db: Db, bookings: Consumptions): Promise<void> {
  const rows = bookings.map(rowOf);
  await db.query(sql`
    with held as (
      select key from rate_limits
       where key = any(${rows}::text[]) and expire > extract(epoch from clock_timestamp()) * 1000
       order by array_position(${rows}::text[], key::text) for update
    )
    update rate_limits set points = greatest(points - 1, 0) where key in (select key from held)`);
}
