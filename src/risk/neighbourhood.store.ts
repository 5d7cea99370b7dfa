import type { AccountId } from '../kernel/ids.ts';
import { type Columns, joinQueries, type Query, query, rowsOf } from '../store/query.ts';
import { sql } from '../store/sql.ts';
import type { ObservedKey } from './device-key.ts';
import { flowsOf } from './flows.store.ts';
import type { ObservedLocation } from './location.ts';
import {
  type Attempt,
  type Contact,
  type Habit,
  monthsOf,
  NEIGHBOURHOOD_LIMITS,
  type Neighbourhood,
  type Node,
  type Observation,
  type ObservedSide,
  type SameDevice,
} from './observation.ts';

/** Moments as JSON holds them, in milliseconds. */
type Timed<Of, Moments extends keyof Of> = Omit<Of, Moments> & Readonly<Record<Moments, number>>;

interface NeighbourhoodRow {
  readonly own: Columns<
    Timed<Omit<Observation, 'location'>, 'firstAt' | 'lastAt'> & ObservedLocation
  >;
  readonly same: Columns<Timed<SameDevice, 'firstAt'>>;
  readonly keys: Columns<Timed<ObservedKey, 'firstAt' | 'lastAt'>>;
  readonly near: Columns<Timed<Contact, 'firstAt'>>;
  readonly nodes: Columns<Node>;
  readonly attempts: Columns<Timed<Attempt, 'at'>>;
  readonly attempting: Columns<{ readonly network: string; readonly owners: number }>;
  readonly habits: Columns<Timed<Habit, 'since' | 'hourAt'>>;
}

interface AttemptParties {
  readonly now: Date;
  readonly initiator: ObservedSide;
  readonly counterparty: ObservedSide;
  readonly accounts: readonly AccountId[];
}

/**
 * Everything noted around an attempt, in two queries: observations with attempts, and money.
 * {@link NEIGHBOURHOOD_LIMITS} bounds both.
 */
export function neighbourhoodOf({
  now,
  initiator,
  counterparty,
  accounts,
}: AttemptParties): Query<Neighbourhood> {
  const owners = [...new Set([initiator.owner, counterparty.owner])];
  const queries = joinQueries({
    observed: observationsOf(now, { owners, accounts, initiator, counterparty }),
    money: flowsOf(now, owners),
  });
  return {
    statement: queries.statement,
    read: (rows) => {
      const { observed, money } = queries.read(rows);
      return { now, initiator, counterparty, ...observed, ...money };
    },
  };
}

/**
 * `signal_owners` keeps the owners of a node together, and the nodes of an owner. Only two months
 * are searched. They are named one by one, so that the planner skips other partitions at the start.
 * For a device two steps away, only its first and last owner are read, to see if it has a single
 * owner. This is done only for owners whom a device may tie to the attempt's owners. Results are
 * returned as columns, because PostgreSQL then looks up a type's output function once per column
 * and not once per value.
 */
function observationsOf(
  now: Date,
  {
    owners,
    accounts,
    initiator,
    counterparty,
  }: Omit<AttemptParties, 'now'> & { readonly owners: readonly string[] },
): Query<Omit<Neighbourhood, 'now' | 'initiator' | 'counterparty' | 'flows' | 'refusedOwners'>> {
  const since = new Date(now.getTime() - NEIGHBOURHOOD_LIMITS.windowDays * 86_400_000);
  const [month, before] = monthsOf(now);
  const devices = bytesOf([initiator.device, counterparty.device]);
  const networks = bytesOf([initiator.network, counterparty.network]);
  return query(
    sql`
    with
    own as materialized (
      select s.* from unnest(${owners}::text[]) as mine(id) cross join lateral (
        select * from signals where owner_id = mine.id and month <= ${month}::date order by last_at desc limit ${NEIGHBOURHOOD_LIMITS.ownObservations}) s
       where mine.id > ''),
    start as materialized (
      select kind, id from (
        select 'device' as kind, unnest(${devices}::bytea[]) as id, 'infinity'::timestamptz as at
        union all select 'network', unnest(${networks}::bytea[]), 'infinity'
        union all select edge.kind, edge.id, last_at from own cross join lateral (values ('device', device), ('network', network)) as edge(kind, id)
                   where month >= ${before}::date) every
       where length(id) > 0 group by kind, id order by max(at) desc, kind, id limit ${NEIGHBOURHOOD_LIMITS.startNodes}),
    met as materialized (
      select kind, id, array(
        select distinct owner_id from signal_owners
         where node = start.id and month in (${month}::date, ${before}::date) order by owner_id limit ${NEIGHBOURHOOD_LIMITS.ownersOfNode}) as owners from start),
    around as materialized (
      select owner_id from met cross join unnest(owners) as each(owner_id) where owner_id <> all(${owners}::text[])
       group by owner_id order by bool_and(kind = 'network'), owner_id limit ${NEIGHBOURHOOD_LIMITS.ownersNear}),
    near as materialized (
      select around.owner_id, s.kind, s.node, min(s.first_at) as first_at from around cross join lateral (
        select kind, node, first_at from signal_owners
         where owner_id = around.owner_id and month in (${month}::date, ${before}::date) order by first_at desc limit ${NEIGHBOURHOOD_LIMITS.nodesOfNear}) s
       group by around.owner_id, s.kind, s.node),
    tied as (
      select owner_id from met cross join unnest(owners) as each(owner_id) where kind = 'device'
      union select owner_id from near
             where kind = 'device' and (node in (select node from near where kind = 'device' group by node having count(*) > 1)
                                        or node in (select id from start union all select device from own))),
    far as (
      select id, few.lo, case when few.count < 8 then few.hi else (
               select max(owner_id) from signal_owners where node = id and month in (${month}::date, ${before}::date)) end as hi
        from (select node as id from near join tied using (owner_id) where kind = 'device' except select id from start) d cross join lateral (
        select count(*), min(owner_id) as lo, max(owner_id) as hi from (
          select owner_id from signal_owners where node = d.id and month in (${month}::date, ${before}::date) order by owner_id limit 8) o) few),
    nodes as (
      select kind, encode(id, 'hex') as id, owners from met
      union all select 'device', encode(id, 'hex'), array_remove(array[lo, nullif(hi, lo)], null) from far),
    tried as (
      select a.* from unnest(${owners}::text[]) as mine(id) cross join lateral (
        select request_id, owner_id, network, at, risk from binding_attempts
         where owner_id = mine.id and month in (${month}::date, ${before}::date) and at > ${since} order by at desc limit ${NEIGHBOURHOOD_LIMITS.attempts}) a where mine.id > ''
      union all
      select a.* from around cross join lateral (
        select request_id, owner_id, network, at, risk from binding_attempts
         where owner_id = around.owner_id and month in (${month}::date, ${before}::date) and at > ${since} order by at desc limit ${NEIGHBOURHOOD_LIMITS.attemptsOfNear}) a),
    trying as (
      select place.id, (
        select count(distinct owner_id)::int from (
          select owner_id from binding_attempts
           where network = place.id and month in (${month}::date, ${before}::date) and owner_id <> all(${owners}::text[]) and owner_id > ''
           order by owner_id limit ${NEIGHBOURHOOD_LIMITS.attemptsAt}) a) as owners
        from unnest(${networks}::bytea[]) as place(id))
    select (select to_json(t) from (
              select json_agg(owner_id) as owner, json_agg(encode(device, 'hex')) as device, json_agg(encode(network, 'hex')) as network, json_agg(traits) as traits,
                     json_agg(milliseconds(first_at)) as "firstAt", json_agg(milliseconds(last_at)) as "lastAt",
                     json_agg(provider) as provider, json_agg(country) as country, json_agg(latitude) as latitude, json_agg(longitude) as longitude
                from own) t) as own,
           (select to_json(t) from (
              select json_agg(encode(device, 'hex')) as device, json_agg(encode(key, 'hex')) as key,
                     json_agg(milliseconds(first_at)) as "firstAt", json_agg(milliseconds(last_at)) as "lastAt"
                from device_keys where device = any(${devices}::bytea[])) t) as keys,
           (select to_json(t) from (
              select json_agg(s.owner_id) as owner, json_agg(encode(s.device, 'hex')) as device, json_agg(s.traits) as traits,
                     json_agg(milliseconds(s.first_at)) as "firstAt"
                from met cross join unnest(owners) as each(owner_id) cross join lateral (
                  select owner_id, device, traits, first_at from signals
                   where device = met.id and owner_id = each.owner_id and month in (${month}::date, ${before}::date) order by first_at limit 1) s
               where met.id = any(${devices}::bytea[])) t) as same,
           (select to_json(t) from (
              select json_agg(owner_id) as owner, json_agg(kind) as kind, json_agg(encode(node, 'hex')) as id,
                     json_agg(milliseconds(first_at)) as "firstAt" from near) t) as near,
           (select to_json(t) from (select json_agg(kind) as kind, json_agg(id) as id, json_agg(owners) as owners from nodes) t) as nodes,
           (select to_json(t) from (
              select json_agg(request_id) as request, json_agg(owner_id) as owner, json_agg(encode(network, 'hex')) as network,
                     json_agg(milliseconds(at)) as at, json_agg(risk) as risk from tried) t) as attempts,
           (select to_json(t) from (select json_agg(encode(id, 'hex')) as network, json_agg(owners) as owners from trying) t) as attempting,
           (select to_json(t) from (
              select json_agg(milliseconds(since)) as since, json_agg(hours) as hours, json_agg(milliseconds(hour_at)) as "hourAt",
                     json_agg(gaps) as gaps, json_agg(gap_mean) as "gapMean", json_agg(gap_m2) as "gapM2"
                from account_habits where account_id = any(${accounts}::text[])) t) as habits`,
    ([row]: readonly NeighbourhoodRow[]) => {
      if (!row) throw new Error('the query returned no row');
      return {
        own: rowsOf(row.own).map(({ provider, country, latitude, longitude, ...seen }) => ({
          ...seen,
          firstAt: new Date(seen.firstAt),
          lastAt: new Date(seen.lastAt),
          location: { provider, country, latitude, longitude },
        })),
        sameDevices: rowsOf(row.same).map((seen) => ({ ...seen, firstAt: new Date(seen.firstAt) })),
        keys: rowsOf(row.keys).map((key) => ({
          ...key,
          firstAt: new Date(key.firstAt),
          lastAt: new Date(key.lastAt),
        })),
        near: rowsOf(row.near).map((met) => ({ ...met, firstAt: new Date(met.firstAt) })),
        nodes: rowsOf(row.nodes),
        attempts: rowsOf(row.attempts).map((attempt) => ({ ...attempt, at: new Date(attempt.at) })),
        attemptingAt: Object.fromEntries(
          rowsOf(row.attempting).map(({ network, owners: trying }) => [network, trying]),
        ),
        habits: rowsOf(row.habits).map((habit) => ({
          ...habit,
          since: new Date(habit.since),
          hourAt: new Date(habit.hourAt),
        })),
      };
    },
  );
}

/** The distinct keyed hashes, as stored in the tables. */
function bytesOf(names: readonly string[]): readonly Buffer[] {
  return [...new Set(names)].map((name) => Buffer.from(name, 'hex'));
}
