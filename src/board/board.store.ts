import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Appealed, SteppedUp, Tally } from './board.ts';

/** Days in Shanghai, both included, and the moments that they begin and end at; `pack` null: all. */
export interface Span {
  readonly from: string;
  readonly to: string;
  readonly by: 'day' | 'week' | 'month';
  readonly begin: Date;
  readonly end: Date;
  readonly pack: string | null;
}

/**
 * The tallies of the span, added up by its periods, and what came since they were made, counted now. How much is read and
 * how long it takes: docs/decisions/0023-tallies.md.
 */
export async function findTallies(db: Db, { from, to, by, begin, end, pack }: Span): Promise<Tally[]> {
  return await db.query<Tally>(sql`
    select to_char(date_trunc(${by}, day::timestamp), 'YYYY-MM-DD') as day, pack, what, hook, said, came, bucket, sum(n)::bigint as n from (
      select day, pack, what, hook, said, came, bucket, n from board_tallies where day between ${from}::date and ${to}::date
      union all
      select c.* from board_counted b, count_board(greatest(b.until, ${begin}), ${end}) c) found
     where ${pack}::text is null or pack = ${pack}
     group by 1, 2, 3, 4, 5, 6, 7`);
}

/** Appeals against refusals of the span, by what has become of them; `hooks`: all that had objected. */
export async function findAppealed(db: Db, { begin, end, pack }: Span): Promise<Appealed[]> {
  return await db.query<Appealed>(sql`
    select to_char(day, 'YYYY-MM-DD') as day, pack, said, state, hook, hooks, count(*)::int as n from (
      select r.day, r.pack, r.said, coalesce(r.hook, '') as hook,
             case when c.state = 'open' then 'open' when r.overturned_by = c.id then 'upheld' else 'dismissed' end as state,
             array(select h ->> 'id' from jsonb_array_elements(r.hooks) h where h ->> 'verdict' <> 'allow') as hooks
        from review_cases c join board_refusals r on r.id = c.subject_id
       where c.subject_kind = 'binding_request' and c.appeal_text is not null and c.state <> 'dropped' and c.opened_at >= ${begin}
         and r.refused_at >= ${begin} and r.refused_at < ${end} and (${pack}::text is null or r.pack = ${pack})) found
     group by day, pack, said, state, hook, hooks`);
}

/** What became of the requests that were asked to prove more, each counted once, on the day of the first asking. */
export async function findSteppedUp(db: Db, { begin, end, pack }: Span): Promise<SteppedUp[]> {
  return await db.query<SteppedUp>(sql`
    select hook, outcome, count(*)::int as n from (
      select coalesce(s.hook, '') as hook,
             case when r.state in ('approved', 'redeemed') then case when p.decision is null then 'proved' else 'accepted' end
                  when r.state = 'refused' and r.refusal = 'refused_by_owner' then 'gave_up'
                  when r.state = 'refused' then case when p.decision = 'reject' then 'rejected' else 'refused' end
                  when r.state = 'expired' then 'gave_up'
                  when r.state = 'in_review' then 'with_people'
                  else 'waiting' end as outcome
        from (select distinct on (d.request_id) d.request_id, telling_hook(d.hooks, 'step_up') as hook
                from decisions d
               where d.verdict = 'step_up' and d.decided_at >= ${begin} and d.decided_at < ${end}
                 and (${pack}::text is null or d.pack = ${pack})
               order by d.request_id, d.decided_at) s
        join binding_requests r on r.id = s.request_id
        left join lateral (select c.decision from review_cases c
                            where c.subject_kind = 'binding_request' and c.subject_id = r.id and c.appeal_text is null
                              and c.state = 'decided' order by c.decided_at desc limit 1) p on true) found
     group by hook, outcome`);
}

/** Locks the mark until which all is counted; undefined while another round holds it. */
export async function lockCounted(tx: Tx): Promise<boolean> {
  return (await tx.query(sql`select 1 from board_counted for update skip locked`)).length > 0;
}

/**
 * Counts on from the mark, at most `hours` of what there is and never the last `minutes`: what is being decided there may
 * not be committed yet. Says whether there is more to count.
 */
export async function countOn(tx: Tx, { hours, minutes }: { readonly hours: number; readonly minutes: number }): Promise<boolean> {
  const [row] = await tx.query<{ more: boolean }>(sql`
    with edge as (select bindery_now() - make_interval(mins => ${minutes}) as until),
         start as (select greatest(b.until, least((select min(decided_at) from decisions where decided_at >= b.until),
                          (select min(refused_at) from binding_requests where state = 'refused' and refused_at >= b.until),
                          e.until)) as since from board_counted b, edge e),
         stop as (select greatest(s.since, least(s.since + make_interval(hours => ${hours}), e.until)) as until from start s, edge e),
         added as (insert into board_tallies as t (day, pack, what, hook, said, came, bucket, n)
                   select c.* from start s, stop u, count_board(s.since, u.until) c
                   on conflict (day, pack, what, hook, said, came, bucket) do update set n = t.n + excluded.n)
    update board_counted set until = u.until from stop u, edge e returning u.until < e.until as more`);
  if (!row) throw new Error('the mark of the board is missing');
  return row.more;
}
