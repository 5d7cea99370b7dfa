import type { Database, Tx } from '../../src/store/database.ts';
import { sql } from '../../src/store/sql.ts';

/** How many decisions of a day had which result: see {@link fillBoardHistory}. */
export interface BoardHistory {
  /** The first decisions are one day later than this number of days ago, in Shanghai. */
  readonly days: number;
  readonly perDay: number;
}

/**
 * Decisions of the past, with their requests, cases and appeals, whose numbers can be told
 * beforehand. Of two hundred of a day: five are refused for their owners, four for the limit, four
 * for their device (one of them wrongly, as an appeal finds) and two for behaviour; ten go to
 * people, who refuse five; eight are asked to prove more, of whom six do.
 */
export async function fillBoardHistory(db: Database, history: BoardHistory): Promise<void> {
  await db.transaction(async (tx) => await insertHistory(tx, history));
}

async function insertHistory(db: Tx, { days, perDay }: BoardHistory): Promise<void> {
  await db.query(sql`
    create temporary table history on commit drop as
    select d, n, 'brq_old_' || d || '_' || n as request, 'dec_old_' || d || '_' || n as decision,
           case n % 3 when 0 then 'weibo' else 'douyin' end as pack,
           (board_day(bindery_now()) - d)::timestamp at time zone 'Asia/Shanghai' + make_interval(secs => n * 86000.0 / ${perDay}) as at,
           case when n % 40 = 0 then 'deny' when n % 50 = 1 then 'deny' when n % 50 = 3 then 'deny' when n % 100 = 5 then 'deny'
                when n % 20 = 2 then 'review' when n % 25 = 4 then 'step_up' else 'allow' end as verdict
      from generate_series(1, ${days}) d, generate_series(1, ${perDay}) n`);
  await db.query(sql`
    insert into decisions (id, request_id, pack, pack_version, verdict, refusal, facts, hooks, shadow, timings, decided_at)
    select decision, request, pack, 1, verdict,
           case when verdict <> 'deny' then null when n % 40 = 0 then 'different_owner' when n % 50 = 1 then 'limit_reached' else 'risk' end,
           '{}',
           (select jsonb_agg(jsonb_build_object('id', h.id, 'version', 1, 'verdict', coalesce(h.said, 'allow'), 'reasons', '[]'::jsonb) order by h.at)
              from (values (1, 'account-status', null),
                           (2, 'same-owner', case when n % 40 = 0 then 'deny' end),
                           (3, 'graph', null),
                           (4, 'limits', case when n % 40 <> 0 and n % 50 = 1 then 'deny' end),
                           (5, 'device', case when n % 40 = 0 or n % 50 = 1 then null when n % 50 = 3 then 'deny' when n % 20 = 2 then 'review' end),
                           (6, 'address', case when n % 40 <> 0 and verdict = 'step_up' then 'step_up' end),
                           (7, 'behaviour', case when verdict = 'deny' and n % 100 = 5 then 'deny' when n % 50 = 3 then 'review' end),
                           (8, 'money', null)) h (at, id, said)),
           case when n % 5 = 0 then jsonb_build_object('verdict', 'review', 'hooks', jsonb_build_array(jsonb_build_object(
             'id', 'wary', 'version', 1, 'verdict', case when n % 10 = 0 then 'review' else 'allow' end, 'reasons', '[]'::jsonb))) end,
           jsonb_build_object('facts', 2 + n % 7, 'device', 0.05, 'behaviour', 0.1 + (n % 3) / 10.0), at
      from history`);
  await db.query(sql`
    insert into binding_requests (id, state, client_id, channel, role, pack, pack_version, details, audience, sector, decision_id, refusal, created_at, expires_at, refused_at)
    select request, case when refused then 'refused' when verdict = 'step_up' and n % 100 = 54 then 'expired' else 'redeemed' end,
           'demo-web', 'browser', 'primary', pack, 1, '{}', 'demo-web', 'demo-web', decision,
           case when not refused then null when n % 40 = 0 then 'different_owner' when n % 50 = 1 then 'limit_reached' else 'risk' end,
           at, at, case when refused then at end
      from (select *, verdict = 'deny' or (verdict = 'review' and n % 40 = 2) as refused from history) p`);
  await db.query(sql`
    insert into review_cases (id, subject_kind, subject_id, state, evidence, due_at, decision, decided_at, opened_at, appeal_text)
    select 'cas_old_' || d || '_' || n, 'binding_request', request, 'decided', '{}'::jsonb, at, case n % 40 when 2 then 'reject' else 'accept' end, at, at, null
      from history where verdict = 'review'
    union all
    select 'cas_wrong_' || d || '_' || n, 'binding_request', request, 'decided', '{}'::jsonb, at, 'accept', at, at, ''::bytea from history where n % 200 = 53`);
  await db.query(sql`
    update decisions set overturned_by = 'cas_wrong_' || d || '_' || n, overturned_at = at
      from history where decisions.id = history.decision and n % 200 = 53`);
}
