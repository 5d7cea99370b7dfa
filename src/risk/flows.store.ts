import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import { LOOK, monthBefore, type Neighbourhood } from './sighting.ts';

interface FlowRow {
  readonly owner: string;
  readonly direction: 'in' | 'out';
  readonly party: string;
  readonly cents: number;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly refused: boolean;
}

/**
 * Flows of the owners, of those paid out to the same accounts, of those whom these accounts pay, and of those paid out to
 * the accounts that pay the owners: enough to see a circle of three. Whoever is on it more than a few times is skipped
 * over in the index.
 */
export async function findFlows(db: Db, now: Date, owners: readonly string[]): Promise<Pick<Neighbourhood, 'flows' | 'refusedOwners'>> {
  const since = new Date(now.getTime() - LOOK.windowDays * 86_400_000);
  const month = monthBefore(now);
  const rows = await db.query<FlowRow>(sql`
    with recursive
    mine as materialized (
      select p.* from unnest(${owners}::text[]) as own(id) cross join lateral (
        (select * from payments where owner_id = own.id and direction = 'out' order by first_at desc limit ${LOOK.flowsOfOwner})
        union all (select * from payments where owner_id = own.id and direction = 'in' order by first_at desc limit ${LOOK.flowsOfOwner})) p
       where own.id > ''),
    asked as materialized (
      (select party, 'out' as direction from mine where direction = 'out' group by party order by max(last_at) desc limit ${LOOK.parties})
      union all (select party, 'in' from mine where direction = 'out' group by party order by max(last_at) desc limit ${LOOK.parties})
      union all (select party, 'out' from mine where direction = 'in' group by party order by max(last_at) desc limit ${LOOK.parties})),
    hop as (
      select distinct party, direction, ''::text as owner_id, 0 as n from asked
      union all
      select hop.party, hop.direction, next.owner_id, n + 1 from hop cross join lateral (
        select owner_id from payments where party = hop.party and direction = hop.direction and owner_id > hop.owner_id order by owner_id limit 1) next
       where n < ${LOOK.ownersOfParty}),
    around as materialized (
      select owner_id from hop where n > 0 and owner_id <> all(${owners}::text[]) group by owner_id order by count(*) desc, owner_id limit ${LOOK.ownersOfMoney}),
    flows as (
      select owner_id, direction, party, cents, first_at, last_at, false as near from mine
      union all
      select p.owner_id, p.direction, p.party, p.cents, p.first_at, p.last_at, true from around cross join lateral (
        (select * from payments where owner_id = around.owner_id and direction = 'out' order by first_at desc limit ${LOOK.flowsOfOwner})
        union all (select * from payments where owner_id = around.owner_id and direction = 'in' order by first_at desc limit ${LOOK.flowsOfOwner})) p)
    select owner_id as owner, direction, encode(party, 'hex') as party, cents, first_at, last_at,
           near and exists (select 1 from binding_attempts a where a.owner_id = flows.owner_id and a.month >= ${month}::date and a.at > ${since} and a.risk) as refused
      from flows`);
  return {
    flows: rows.map(({ owner, direction, party, cents, first_at: firstAt, last_at: lastAt }) => ({
      owner,
      direction,
      party,
      cents,
      firstAt,
      lastAt,
    })),
    refusedOwners: [...new Set(rows.filter(({ refused }) => refused).map(({ owner }) => owner))],
  };
}
