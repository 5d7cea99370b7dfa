import type { AccountId } from '../kernel/ids.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import { findFlows } from './flows.store.ts';
import { type Habit, LOOK, monthBefore, type Neighbourhood, type Node, type SideSeen, type Sighting } from './sighting.ts';
import type { SpotSeen } from './spot.ts';

interface SightingRow {
  readonly owner_id: string;
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
  readonly near: readonly SightingRow[] | null;
  readonly nodes: readonly Node[] | null;
  readonly attempts: readonly { request: string; owner: string; network: string; at: number; risk: boolean }[] | null;
  readonly attempting: Readonly<Record<string, number>> | null;
  readonly habits: readonly { since: number; hours: number[]; hour_at: number; gaps: number; mean: number; m2: number }[] | null;
}

/** What was noted around an attempt: one look at sightings and attempts, one at money, each bounded by {@link LOOK}. */
export async function findNeighbourhood(
  db: Db,
  { now, starter, other, accounts }: { now: Date; starter: SideSeen; other: SideSeen; accounts: readonly AccountId[] },
): Promise<Neighbourhood> {
  const owners = [...new Set([starter.owner, other.owner])];
  const looked = await look(db, now, { owners, accounts, starter, other });
  const near = (looked.near ?? []).map(toSighting);
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
    ...(await findFlows(db, now, owners)),
  };
}

/**
 * Owners of a node are found by skipping from one to the next in the index, so that an owner seen a thousand times costs
 * as much as one seen once. Nodes two steps away are asked for their first and last owner alone: is it somebody's own?
 */
async function look(
  db: Db,
  now: Date,
  { owners, accounts, starter, other }: { owners: readonly string[]; accounts: readonly AccountId[]; starter: SideSeen; other: SideSeen },
): Promise<Looked> {
  const since = new Date(now.getTime() - LOOK.windowDays * 86_400_000);
  const month = monthBefore(now);
  const devices = [Buffer.from(starter.device, 'hex'), Buffer.from(other.device, 'hex')];
  const networks = [Buffer.from(starter.network, 'hex'), Buffer.from(other.network, 'hex')];
  const [row] = await db.query<Looked>(sql`
    with recursive
    own as materialized (
      select s.* from unnest(${owners}::text[]) as mine(id) cross join lateral (
        select * from signals where owner_id = mine.id order by last_at desc limit ${LOOK.ownSightings}) s
       where mine.id > ''),
    start as materialized (
      select kind, id from (
        select 'device' as kind, unnest(${devices}::bytea[]) as id, 0::bigint as rank
        union all select 'network', unnest(${networks}::bytea[]), 0
        union all select 'device', device, row_number() over (order by last_at desc) from own where month >= ${month}::date
        union all select 'network', network, row_number() over (order by last_at desc) from own where month >= ${month}::date) every
       where length(id) > 0 group by kind, id order by min(rank), kind, id limit ${LOOK.startNodes}),
    hop as (
      select kind, id, ''::text as owner_id, 0 as n from start
      union all
      select hop.kind, hop.id, next.owner_id, n + 1 from hop cross join lateral (
        (select owner_id from signals where hop.kind = 'device'  and device  = hop.id and owner_id > hop.owner_id and month >= ${month}::date order by owner_id limit 1)
        union all
        (select owner_id from signals where hop.kind = 'network' and network = hop.id and owner_id > hop.owner_id and month >= ${month}::date order by owner_id limit 1)) next
       where n < ${LOOK.ownersOfNode}),
    around as materialized (
      select owner_id from hop where n > 0 and owner_id <> all(${owners}::text[])
       group by owner_id order by bool_and(kind = 'network'), owner_id limit ${LOOK.ownersNear}),
    near as materialized (
      select s.* from around cross join lateral (
        select * from signals where owner_id = around.owner_id and month >= ${month}::date order by first_at desc limit ${LOOK.sightingsOfNear}) s),
    far as materialized (
      (select 'device' as kind, device as id from near union select 'network', network from near) except select kind, id from start),
    far_owners as (
      select kind, id, array_remove(array[lo, nullif(hi, lo)], null) as owners from far cross join lateral (
        select min(owner_id) as lo, max(owner_id) as hi from signals where far.kind = 'device' and device = far.id and month >= ${month}::date and owner_id > '') x where kind = 'device'
      union all
      select kind, id, array_remove(array[lo, nullif(hi, lo)], null) from far cross join lateral (
        select min(owner_id) as lo, max(owner_id) as hi from signals where far.kind = 'network' and network = far.id and month >= ${month}::date and owner_id > '') x where kind = 'network'),
    nodes as (
      select kind, id, array_agg(owner_id order by n) filter (where n > 0) as owners from hop group by kind, id
      union all select kind, id, owners from far_owners),
    tried as (
      select a.* from unnest(${owners}::text[]) as mine(id) cross join lateral (
        select request_id, owner_id, network, at, risk from binding_attempts
         where owner_id = mine.id and month >= ${month}::date and at > ${since} order by at desc limit ${LOOK.attempts}) a where mine.id > ''
      union all
      select a.* from around cross join lateral (
        select request_id, owner_id, network, at, risk from binding_attempts
         where owner_id = around.owner_id and month >= ${month}::date and at > ${since} order by at desc limit ${LOOK.attemptsOfNear}) a),
    trying as (
      select place.id, count(distinct a.owner_id)::int as owners from unnest(${networks}::bytea[]) as place(id) cross join lateral (
        select owner_id from binding_attempts
         where network = place.id and month >= ${month}::date and owner_id <> all(${owners}::text[]) and owner_id > '' order by owner_id limit ${LOOK.attemptsAt}) a
       group by place.id)
    select (select json_agg(json_build_object('owner_id', owner_id, 'device', encode(device, 'hex'), 'network', encode(network, 'hex'), 'traits', traits,
                   'visits', visits, 'first', extract(epoch from first_at) * 1000, 'last', extract(epoch from last_at) * 1000,
                   'spot', json_build_object('provider', provider, 'country', country, 'latitude', latitude, 'longitude', longitude))) from own) as own,
           (select json_agg(json_build_object('device', encode(device, 'hex'), 'key', encode(key, 'hex'),
                   'first', extract(epoch from first_at) * 1000, 'last', extract(epoch from last_at) * 1000))
              from device_keys where device = any(${devices}::bytea[])) as keys,
           (select json_agg(json_build_object('owner_id', s.owner_id, 'device', encode(s.device, 'hex'), 'network', encode(s.network, 'hex'), 'traits', s.traits,
                   'visits', s.visits, 'first', extract(epoch from s.first_at) * 1000, 'last', extract(epoch from s.last_at) * 1000))
              from hop cross join lateral (
                select * from signals where device = hop.id and owner_id = hop.owner_id and month >= ${month}::date order by first_at limit 2) s
             where hop.kind = 'device' and n > 0 and hop.id = any(${devices}::bytea[])) as same,
           (select json_agg(json_build_object('owner_id', owner_id, 'device', encode(device, 'hex'), 'network', encode(network, 'hex'), 'traits', traits,
                   'visits', visits, 'first', extract(epoch from first_at) * 1000, 'last', extract(epoch from last_at) * 1000)) from near) as near,
           (select json_agg(json_build_object('kind', kind, 'id', encode(id, 'hex'), 'owners', coalesce(owners, '{}'))) from nodes) as nodes,
           (select json_agg(json_build_object('request', request_id, 'owner', owner_id, 'network', encode(network, 'hex'),
                   'at', extract(epoch from at) * 1000, 'risk', risk)) from tried) as attempts,
           (select json_object_agg(encode(id, 'hex'), owners) from trying) as attempting,
           (select json_agg(json_build_object('since', extract(epoch from since) * 1000, 'hours', hours, 'hour_at', extract(epoch from hour_at) * 1000,
                   'gaps', gaps, 'mean', gap_mean, 'm2', gap_m2)) from account_habits where account_id = any(${accounts}::text[])) as habits`);
  if (!row) throw new Error('a select of scalars gave no row');
  return row;
}

function toSighting(row: SightingRow): Sighting {
  const { owner_id: owner, device, network, traits, visits, spot } = row;
  return { owner, device, network, traits, visits, firstAt: new Date(row.first), lastAt: new Date(row.last), ...(spot ? { spot } : {}) };
}

function toHabit({ since, hours, hour_at, gaps, mean, m2 }: NonNullable<Looked['habits']>[number]): Habit {
  return { since: new Date(since), hours, hourAt: new Date(hour_at), gaps, gapMean: mean, gapM2: m2 };
}
