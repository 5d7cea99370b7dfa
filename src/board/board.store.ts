import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Tally } from './board.ts';

/** Days in Shanghai, both included, and when they begin and end. `pack` null: all packs. */
export interface Span {
  readonly from: string;
  readonly to: string;
  readonly by: 'day' | 'week' | 'month';
  readonly begin: Date;
  readonly end: Date;
  readonly pack: string | null;
}

/**
 * The tallies of the span by its periods, and what was not tallied yet, counted now. What this
 * costs: docs/decisions/0024-board-tallies.md.
 */
export async function findTallies(
  db: Db,
  { from, to, by, begin, end, pack }: Span,
): Promise<Tally[]> {
  return await db.query<Tally>(sql`
    select to_char(date_trunc(${by}, day::timestamp), 'YYYY-MM-DD') as day, pack, what, hook, said, came, bucket, sum(n)::bigint as n from (
      select day, pack, what, hook, said, came, bucket, n from board_tallies where day between ${from}::date and ${to}::date
      union all
      select c.* from board_counted b, count_board(greatest(b.until, ${begin}), ${end}) c) found
     where ${pack}::text is null or pack = ${pack}
     group by 1, 2, 3, 4, 5, 6, 7`);
}

/** Open appeals against refusals of the span. */
export async function countOpenAppeals(db: Db, { begin, end, pack }: Span): Promise<number> {
  const [row] = await db.query<{ n: number }>(sql`
    select count(*) as n from case_decisions c join request_states r on r.id = c.subject_id
     where c.subject_kind = 'binding_request' and c.is_appeal and c.state = 'open'
       and r.state = 'refused' and r.refused_at >= ${begin} and r.refused_at < ${end} and (${pack}::text is null or r.pack = ${pack})`);
  return row?.n ?? 0;
}

/**
 * Requests that were asked for proof and are not in the tallies, each once, on the day of the first
 * step-up.
 */
export async function findStepping(
  db: Db,
  { from, to, by, begin, end, pack }: Span,
): Promise<Tally[]> {
  return await db.query<Tally>(sql`
    select to_char(date_trunc(${by}, day::timestamp), 'YYYY-MM-DD') as day, pack, 'step' as what, hook, outcome as said, '' as came, 0 as bucket,
           count(*) as n from (
      select s.day, s.pack, s.hook, step_up_outcome(s.request_id) as outcome from board_stepped_up s where s.day between ${from}::date and ${to}::date
      union all
      select * from (
        select distinct on (d.request_id) board_day(d.decided_at), d.pack, coalesce(telling_hook(d.hooks, d.verdict), ''), step_up_outcome(d.request_id)
          from board_counted b join decision_verdicts d on d.decided_at >= greatest(b.until, ${begin}) and d.decided_at < ${end}
         where d.verdict = 'step_up' and not exists (select 1 from board_stepped_up s where s.request_id = d.request_id)
         order by d.request_id, d.decided_at) new) found
     where ${pack}::text is null or pack = ${pack}
     group by 1, 2, 4, 5`);
}

/** Locks the mark up to which everything is counted. False while another round holds it. */
export async function lockCounted(tx: Tx): Promise<boolean> {
  return (await tx.query(sql`select 1 from board_counted for update skip locked`)).length > 0;
}

/**
 * Counts on from the mark, `hours` at most, and never the last `minutes`: decisions there may not
 * be committed yet. True: there is more to count.
 */
export async function countOn(
  tx: Tx,
  { hours, minutes }: { readonly hours: number; readonly minutes: number },
): Promise<boolean> {
  const [row] = await tx.query<{ more: boolean }>(sql`
    with edge as (select bindery_now() - make_interval(mins => ${minutes}) as until),
         start as (select greatest(b.until, least((select min(decided_at) from decision_verdicts where decided_at >= b.until),
                          (select min(refused_at) from request_states where state = 'refused' and refused_at >= b.until),
                          (select min(decided_at) from case_decisions
                            where subject_kind = 'binding_request' and is_appeal and decided_at >= b.until),
                          e.until)) as since from board_counted b, edge e),
         stop as (select greatest(s.since, least(s.since + make_interval(hours => ${hours}), e.until)) as until from start s, edge e),
         added as (insert into board_tallies as t (day, pack, what, hook, said, came, bucket, n)
                   select c.* from start s, stop u, count_board(s.since, u.until) c
                   on conflict (day, pack, what, hook, said, came, bucket) do update set n = t.n + excluded.n),
         asked as (insert into board_stepped_up (request_id, day, pack, hook)
                   select distinct on (d.request_id) d.request_id, board_day(d.decided_at), d.pack, coalesce(telling_hook(d.hooks, d.verdict), '')
                     from start s, stop u, decision_verdicts d
                    where d.verdict = 'step_up' and d.decided_at >= s.since and d.decided_at < u.until
                    order by d.request_id, d.decided_at
                   on conflict do nothing)
    update board_counted set until = u.until from stop u, edge e returning u.until < e.until as more`);
  if (!row) throw new Error('the mark of the board is missing');
  return row.more;
}

/** Adds the step-ups that are over to the tallies. */
export async function closeStepUps(tx: Tx): Promise<void> {
  await tx.query(sql`
    with over as (delete from board_stepped_up s using (select request_id, step_up_outcome(request_id) as outcome from board_stepped_up) o
                   where o.request_id = s.request_id and o.outcome not in ('with_people', 'waiting')
                  returning s.day, s.pack, s.hook, o.outcome)
    insert into board_tallies as t (day, pack, what, hook, said, came, bucket, n)
    select day, pack, 'step', hook, outcome, '', 0, count(*) from over group by day, pack, hook, outcome
    on conflict (day, pack, what, hook, said, came, bucket) do update set n = t.n + excluded.n`);
}
