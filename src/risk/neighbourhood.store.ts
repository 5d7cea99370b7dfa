import type { AccountId } from '../kernel/ids.ts';
import type { Db } from '../store/database.ts';
import { askTogether, type Reading, reading } from '../store/reading.ts';
import { sql } from '../store/sql.ts';
import { flowsOf } from './flows.store.ts';
import { type Habit, LOOK, type Met, monthsOf, type Neighbourhood, type Node, type SideSeen, type Sighting } from './sighting.ts';
import type { SpotSeen } from './spot.ts';

interface SightingRow {
  readonly owner: string;
  readonly device: string;
  readonly network: string;
  readonly traits: readonly number[];
  readonly visits: number;
  readonly first: number;
  readonly last: number;
  readonly spot?: SpotSeen;
}

interface Looked {
  readonly own: readonly SightingRow[] | null;
  readonly same: readonly SightingRow[] | null;
  readonly keys: readonly { device: string; key: string; first: number; last: number }[] | null;
  readonly near: readonly (Omit<Met, 'firstAt'> & { readonly first: number })[] | null;
  readonly nodes: readonly Node[] | null;
  readonly attempts: readonly { request: string; owner: string; network: string; at: number; risk: boolean }[] | null;
  readonly attempting: Readonly<Record<string, number>> | null;
  readonly habits: readonly { since: number; hours: number[]; hour_at: number; gaps: number; mean: number; m2: number }[] | null;
}

/** What was noted around an attempt, in one statement: a look at sightings and attempts, and one at money, each bounded by {@link LOOK}. */
export async function findNeighbourhood(
  db: Db,
  { now, starter, other, accounts }: { now: Date; starter: SideSeen; other: SideSeen; accounts: readonly AccountId[] },
): Promise<Neighbourhood> {
  const owners = [...new Set([starter.owner, other.owner])];
  const { looked, money } = await askTogether(db, {
    looked: lookOf(now, { owners, accounts, starter, other }),
    money: flowsOf(now, owners),
  });
  const near = (looked.near ?? []).map(({ first, ...seen }): Met => ({ ...seen, firstAt: new Date(first) }));
  return {
    now,
    starter,
    other,
    own: (looked.own ?? []).map(toSighting),
    sameDevices: (looked.same ?? []).map(toSighting),
    keys: (looked.keys ?? []).map(({ device, key, first, last }) => ({ device, key, firstAt: new Date(first), lastAt: new Date(last) })),
    near,
    nodes: looked.nodes ?? [],
    attempts: (looked.attempts ?? []).map((row) => ({ ...row, at: new Date(row.at) })),
    attemptingAt: looked.attempting ?? {},
    habits: (looked.habits ?? []).map(toHabit),
    ...money,
  };
}

/**
 * Owners of a node lie side by side in `signal_owners`, and nothing is searched but the two months that count: the planner
 * leaves out other partitions when the statement starts, because the months are named one by one. Devices two steps away
 * are asked for their first and last owner alone: is it somebody's own?
 */
function lookOf(
  now: Date,
  { owners, accounts, starter, other }: { owners: readonly string[]; accounts: readonly AccountId[]; starter: SideSeen; other: SideSeen },
): Reading<Looked> {
  const since = new Date(now.getTime() - LOOK.windowDays * 86_400_000);
  const [month, before] = monthsOf(now);
  const devices = bytesOf([starter.device, other.device]);
  const networks = bytesOf([starter.network, other.network]);
  return reading(
    sql`
    with
    own as materialized (
      select s.*, row_number() over (order by last_at desc) as rank from unnest(${owners}::text[]) as mine(id) cross join lateral (
        select * from signals where owner_id = mine.id and month <= ${month}::date order by last_at desc limit ${LOOK.ownSightings}) s
       where mine.id > ''),
    start as materialized (
      select kind, id from (
        select 'device' as kind, unnest(${devices}::bytea[]) as id, 0::bigint as rank
        union all select 'network', unnest(${networks}::bytea[]), 0
        union all select edge.kind, edge.id, rank from own cross join lateral (values ('device', device), ('network', network)) as edge(kind, id)
                   where month >= ${before}::date) every
       where length(id) > 0 group by kind, id order by min(rank), kind, id limit ${LOOK.startNodes}),
    met as materialized (
      select start.kind, start.id, seen.owner_id from start cross join lateral (
        select distinct owner_id from signal_owners
         where node = start.id and month in (${month}::date, ${before}::date) order by owner_id limit ${LOOK.ownersOfNode}) seen),
    around as materialized (
      select owner_id from met where owner_id <> all(${owners}::text[])
       group by owner_id order by bool_and(kind = 'network'), owner_id limit ${LOOK.ownersNear}),
    near as materialized (
      select s.* from around cross join lateral (
        select owner_id, device, network, first_at from signals
         where owner_id = around.owner_id and month in (${month}::date, ${before}::date) order by first_at desc limit ${LOOK.sightingsOfNear}) s),
    far as (
      select id, few.lo, case when few.count < 8 then few.hi else (
               select max(owner_id) from signal_owners where node = id and month in (${month}::date, ${before}::date)) end as hi
        from (select device as id from near except select id from start) d cross join lateral (
        select count(*), min(owner_id) as lo, max(owner_id) as hi from (
          select owner_id from signal_owners where node = d.id and month in (${month}::date, ${before}::date) order by owner_id limit 8) o) few),
    nodes as (
      select kind, encode(id, 'hex') as id, coalesce(array_agg(owner_id order by owner_id) filter (where owner_id is not null), '{}') as owners
        from start left join met using (kind, id) group by kind, id
      union all select 'device', encode(id, 'hex'), array_remove(array[lo, nullif(hi, lo)], null) from far),
    tried as (
      select a.* from unnest(${owners}::text[]) as mine(id) cross join lateral (
        select request_id, owner_id, network, at, risk from binding_attempts
         where owner_id = mine.id and month in (${month}::date, ${before}::date) and at > ${since} order by at desc limit ${LOOK.attempts}) a where mine.id > ''
      union all
      select a.* from around cross join lateral (
        select request_id, owner_id, network, at, risk from binding_attempts
         where owner_id = around.owner_id and month in (${month}::date, ${before}::date) and at > ${since} order by at desc limit ${LOOK.attemptsOfNear}) a),
    trying as (
      select place.id, (
        select count(distinct owner_id)::int from (
          select owner_id from binding_attempts
           where network = place.id and month in (${month}::date, ${before}::date) and owner_id <> all(${owners}::text[]) and owner_id > ''
           order by owner_id limit ${LOOK.attemptsAt}) a) as owners
        from unnest(${networks}::bytea[]) as place(id))
    select (select json_agg(json_build_object('owner', owner_id, 'device', encode(device, 'hex'), 'network', encode(network, 'hex'), 'traits', traits,
                   'visits', visits, 'first', extract(epoch from first_at) * 1000, 'last', extract(epoch from last_at) * 1000,
                   'spot', json_build_object('provider', provider, 'country', country, 'latitude', latitude, 'longitude', longitude)) order by rank) from own) as own,
           (select json_agg(json_build_object('device', encode(device, 'hex'), 'key', encode(key, 'hex'),
                   'first', extract(epoch from first_at) * 1000, 'last', extract(epoch from last_at) * 1000))
              from device_keys where device = any(${devices}::bytea[])) as keys,
           (select json_agg(json_build_object('owner', s.owner_id, 'device', encode(s.device, 'hex'), 'network', encode(s.network, 'hex'), 'traits', s.traits,
                   'visits', s.visits, 'first', extract(epoch from s.first_at) * 1000, 'last', extract(epoch from s.last_at) * 1000))
              from met cross join lateral (
                select * from signals where device = met.id and owner_id = met.owner_id and month in (${month}::date, ${before}::date)
                 order by first_at limit 2) s
             where met.id = any(${devices}::bytea[])) as same,
           (select json_agg(n) from (select owner_id as owner, encode(device, 'hex') as device, encode(network, 'hex') as network,
                   extract(epoch from first_at) * 1000 as first from near) n) as near,
           (select json_agg(nodes) from nodes) as nodes,
           (select json_agg(t) from (select request_id as request, owner_id as owner, encode(network, 'hex') as network,
                   extract(epoch from at) * 1000 as at, risk from tried) t) as attempts,
           (select json_object_agg(encode(id, 'hex'), owners) from trying) as attempting,
           (select json_agg(json_build_object('since', extract(epoch from since) * 1000, 'hours', hours, 'hour_at', extract(epoch from hour_at) * 1000,
                   'gaps', gaps, 'mean', gap_mean, 'm2', gap_m2)) from account_habits where account_id = any(${accounts}::text[])) as habits`,
    ([row]: readonly Looked[]) => {
      if (!row) throw new Error('a select of scalars gave no row');
      return row;
    },
  );
}

/** The keyed hashes, each once, as they stand in the tables. */
function bytesOf(names: readonly string[]): readonly Buffer[] {
  return [...new Set(names)].map((name) => Buffer.from(name, 'hex'));
}

function toSighting({ first, last, ...row }: SightingRow): Sighting {
  return { ...row, firstAt: new Date(first), lastAt: new Date(last) };
}

function toHabit({ since, hours, hour_at, gaps, mean, m2 }: NonNullable<Looked['habits']>[number]): Habit {
  return { since: new Date(since), hours, hourAt: new Date(hour_at), gaps, gapMean: mean, gapM2: m2 };
}
