import { type Query, query } from '../store/query.ts';
import { sql } from '../store/sql.ts';
import { monthsOf, NEIGHBOURHOOD_LIMITS, type Neighbourhood } from './observation.ts';

interface FlowRow {
  readonly owner: string;
  readonly direction: 'in' | 'out';
  readonly party: string;
  readonly cents: number;
  readonly first: number;
  readonly last: number;
  readonly refused: boolean;
}

/**
 * Flows of the owners, of owners paid out to the same accounts, of owners whom these accounts pay,
 * and of owners paid out to the accounts that pay them. That is enough to find a circle of three.
 * An owner appears once per account, month and party, however often it pays.
 */
export function flowsOf(
  now: Date,
  owners: readonly string[],
): Query<Pick<Neighbourhood, 'flows' | 'refusedOwners'>> {
  const since = new Date(now.getTime() - NEIGHBOURHOOD_LIMITS.windowDays * 86_400_000);
  const [month, before] = monthsOf(now);
  return query(
    sql`
    with
    mine as materialized (
      select p.* from unnest(${owners}::text[]) as own(id) cross join (values ('out'), ('in')) as way(direction) cross join lateral (
        select * from payments where owner_id = own.id and direction = way.direction and month <= ${month}::date
         order by first_at desc limit ${NEIGHBOURHOOD_LIMITS.flowsOfOwner}) p
       where own.id > ''),
    parties as (
      select party, direction, row_number() over (partition by direction order by max(last_at) desc) as rank from mine group by party, direction),
    asked as (
      select distinct party, ask.direction from parties join (values ('out', 'out'), ('out', 'in'), ('in', 'out')) as ask(given, direction)
          on given = parties.direction and rank <= ${NEIGHBOURHOOD_LIMITS.parties}),
    near as materialized (
      select owner_id from asked cross join lateral (
        select distinct owner_id from payments where party = asked.party and direction = asked.direction and owner_id > '' and month <= ${month}::date
         order by owner_id limit ${NEIGHBOURHOOD_LIMITS.ownersOfParty}) paid
       where owner_id <> all(${owners}::text[]) group by owner_id order by count(*) desc, owner_id limit ${NEIGHBOURHOOD_LIMITS.ownersOfMoney}),
    around as materialized (
      select owner_id, exists (select 1 from binding_attempts a where a.owner_id = near.owner_id and a.risk
                                  and a.month in (${month}::date, ${before}::date) and a.at > ${since}) as refused from near),
    flows as (
      select owner_id, direction, party, cents, first_at, last_at, false as refused from mine
      union all
      select p.owner_id, p.direction, p.party, p.cents, p.first_at, p.last_at, refused
        from around cross join (values ('out'), ('in')) as way(direction) cross join lateral (
          select * from payments where owner_id = around.owner_id and direction = way.direction and month <= ${month}::date
           order by first_at desc limit ${NEIGHBOURHOOD_LIMITS.flowsOfOwner}) p)
    select owner_id as owner, direction, encode(party, 'hex') as party, cents,
           milliseconds(first_at) as first, milliseconds(last_at) as last, refused from flows`,
    (rows: readonly FlowRow[]) => ({
      flows: rows.map(({ owner, direction, party, cents, first, last }) => ({
        owner,
        direction,
        party,
        cents,
        firstAt: new Date(first),
        lastAt: new Date(last),
      })),
      refusedOwners: [...new Set(rows.filter(({ refused }) => refused).map(({ owner }) => owner))],
    }),
  );
}
