import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import { keyedBytes } from './bytes.ts';
import type { ObservedDevice } from './device.ts';
import { consumeKeyProof } from './device-keys.store.ts';
import { HALF_LIFE_SECONDS } from './habit.ts';

/** Most devices and networks noted of an account in a month. No person has so many. */
const MOST_A_MONTH = 64;

/**
 * Notes that an account was seen, and learns its hours, in one statement. Many visits in a minute
 * are one row, whose time never goes back. The arithmetic is that of `learn` in src/risk/habit.ts,
 * and a test compares the two.
 */
export async function noteVisit(db: Db, account: AccountId, seen: ObservedDevice): Promise<void> {
  const [device, network] = [keyedBytes(seen.device), keyedBytes(seen.place)];
  const {
    provider = null,
    country = null,
    latitude = null,
    longitude = null,
  } = seen.location ?? {};
  await consumeKeyProof(db, seen);
  await db.query(sql`
    with clock as materialized (select bindery_now() as now),
         visit as materialized (
           select now, signal_month(now) as month, date_trunc('hour', now, 'UTC') as hour_at,
                  extract(hour from now at time zone 'Asia/Shanghai')::int as hour,
                  (select coalesce(owner_id, '') from account_cards where id = ${account}) as owner_id
             from clock),
         noted as (
           insert into signals as s (month, account_id, owner_id, device, network, traits, first_at, last_at, provider, country, latitude, longitude)
           select month, ${account}, owner_id, ${device}::bytea, ${network}::bytea, ${seen.traits}::int[], now, now,
                  ${provider}::bigint, ${country}::text, ${latitude}::smallint, ${longitude}::smallint from visit
            where (select count(*) from (select 1 from signals where account_id = ${account} and month = visit.month limit ${MOST_A_MONTH}) few) < ${MOST_A_MONTH}
               or exists (select 1 from signals where account_id = ${account} and device = ${device} and network = ${network} and month = visit.month)
           on conflict (account_id, device, network, month) do update
             set owner_id = excluded.owner_id, traits = excluded.traits, visits = least(s.visits, 999999) + 1,
                 last_at = greatest(s.last_at, excluded.last_at), provider = excluded.provider, country = excluded.country,
                 latitude = excluded.latitude, longitude = excluded.longitude
           returning month, owner_id),
         seen as (
           insert into signal_owners (month, node, owner_id, kind, first_at)
           select month, node, owner_id, kind, now
             from noted cross join clock cross join (values ('device', ${device}::bytea), ('network', ${network}::bytea)) as at(kind, node)
            where owner_id > '' and length(node) > 0 order by node
           on conflict do nothing)
    insert into account_habits as h (account_id, since, hours, hour_at)
    select ${account}, now, array(select case when at = hour then 1 else 0 end::float8 from generate_series(0, 23) at), hour_at from visit
    on conflict (account_id) do update
      set hours    = (select array_agg(old + fresh * power(2, least(900, extract(epoch from clock.now - h.since)::float8 / ${HALF_LIFE_SECONDS}::float8)) order by at)
                        from clock, unnest(h.hours, excluded.hours) with ordinality as each(old, fresh, at)),
          hour_at  = excluded.hour_at,
          gaps     = h.gaps + 1,
          gap_mean = h.gap_mean + (extract(epoch from excluded.hour_at - h.hour_at)::float8 - h.gap_mean) / (h.gaps + 1),
          gap_m2   = h.gap_m2 + (extract(epoch from excluded.hour_at - h.hour_at)::float8 - h.gap_mean)
                   * (extract(epoch from excluded.hour_at - h.hour_at)::float8
                      - (h.gap_mean + (extract(epoch from excluded.hour_at - h.hour_at)::float8 - h.gap_mean) / (h.gaps + 1)))
      where excluded.hour_at > h.hour_at`);
}

export interface AttemptSide {
  readonly account: AccountId;
  readonly owner: OwnerId | null;
  readonly seen: Pick<ObservedDevice, 'device' | 'place'>;
}

/**
 * Notes both sides of an attempt and the verdict, in one statement. A repeated evaluation updates
 * it.
 */
export async function noteAttempt(
  tx: Tx,
  request: string,
  {
    initiator,
    counterparty,
    verdict,
    risk,
  }: {
    readonly initiator: AttemptSide;
    readonly counterparty: AttemptSide;
    readonly verdict: string;
    readonly risk: boolean;
  },
): Promise<void> {
  await tx.query(sql`
    insert into binding_attempts as a (month, request_id, side, account_id, owner_id, device, network, verdict, risk, at)
    select signal_month(now), ${request}, side, account_id, coalesce(owner_id, ''), device, network, ${verdict}, ${risk}, now
      from (select bindery_now() as now offset 0) clock,
           (values ('initiator', ${initiator.account}::text, ${initiator.owner}::text, ${keyedBytes(initiator.seen.device)}::bytea, ${keyedBytes(initiator.seen.place)}::bytea),
                   ('counterparty', ${counterparty.account}::text,   ${counterparty.owner}::text,   ${keyedBytes(counterparty.seen.device)}::bytea,   ${keyedBytes(counterparty.seen.place)}::bytea))
             as sides(side, account_id, owner_id, device, network)
    on conflict (request_id, side, month) do update
      set verdict = excluded.verdict, risk = excluded.risk, at = excluded.at, device = excluded.device, network = excluded.network`);
}

/**
 * Records the later outcome of an attempt. A missing proof or a reviewer's refusal makes it a risk.
 * An upheld appeal clears it.
 */
export async function markAttempt(
  tx: Tx,
  request: string,
  { risk }: { readonly risk: boolean },
): Promise<void> {
  await tx.query(
    sql`update binding_attempts set risk = ${risk} where request_id = ${request} and risk <> ${risk}`,
  );
}

export interface Payment {
  readonly account: AccountId;
  readonly direction: 'in' | 'out';
  /** Keyed hash of the counterparty's account, never the account. */
  readonly party: string;
  readonly cents: number;
  readonly at: Date;
}

/**
 * Notes payments of accounts, all in one statement. Payments between the same two parties are one
 * row a month. Returns how many were of known accounts.
 */
export async function notePayments(db: Db, payments: readonly Payment[]): Promise<number> {
  const [row] = await db.query<{ known: number }>(sql`
    with known as (select count(*)::int as known from unnest(${payments.map(({ account }) => account)}::text[]) as paid(id) join account_cards using (id)),
         noted as (
    insert into payments as p (month, account_id, owner_id, direction, party, cents, times, first_at, last_at)
    select signal_month(at), account_id, max(coalesce(a.owner_id, '')), direction, party, sum(cents), count(*), min(at), max(at)
      from unnest(${payments.map(({ account }) => account)}::text[], ${payments.map(({ direction }) => direction)}::text[],
                  ${payments.map(({ party }) => keyedBytes(party))}::bytea[], ${payments.map(({ cents }) => cents)}::bigint[],
                  ${payments.map(({ at }) => at)}::timestamptz[]) as paid(account_id, direction, party, cents, at)
      join account_cards a on a.id = account_id
     group by signal_month(at), account_id, direction, party
    on conflict (account_id, direction, party, month) do update
      set owner_id = excluded.owner_id, cents = p.cents + excluded.cents, times = p.times + excluded.times,
          first_at = least(p.first_at, excluded.first_at), last_at = greatest(p.last_at, excluded.last_at))
    select known from known`);
  return row?.known ?? 0;
}

/**
 * Creates the partitions of coming months and drops expired ones; returns the dropped names.
 */
export async function rotateSignals({
  db,
  lifetimes: { risk },
}: {
  readonly db: Db;
  readonly lifetimes: Lifetimes;
}): Promise<readonly string[]> {
  const [row] = await db.query<{ gone: string[] }>(
    sql`select rotate_signals(${risk.signalMonths}) as gone`,
  );
  return row?.gone ?? [];
}
