-- What operators watch (R24), added up as time goes: a page reads the figures of days, not a quarter's eleven million
-- decisions. Nothing in here tells whose a decision was.
create table board_tallies (
  day    date    not null,                       -- in Shanghai
  pack   text    not null,
  what   text    not null check (what in ('decision', 'told', 'hook', 'shadow', 'refusal', 'appeal', 'wronged', 'step', 'time')),
  hook   text    not null,                       -- or the part that was timed; '' for the whole
  said   text    not null,                       -- what was said; of a refusal, by whom
  came   text    not null,                       -- what it came to
  bucket integer not null,                       -- of a time: milliseconds, as the whole part of their logarithm to base 1.1
  n      bigint  not null,
  primary key (day, pack, what, hook, said, came, bucket)
);

create table board_counted (                     -- until when all is in the tallies; what came since is counted by who asks
  only_row boolean     primary key default true check (only_row),
  until    timestamptz not null
);
insert into board_counted (until) values ('-infinity');

create table board_stepped_up (                  -- asked to prove more, and not over yet when they were last looked at
  request_id text primary key,
  day        date not null,                      -- of the first asking
  pack       text not null,
  hook       text not null
);

-- The first of the hooks that said what it came to: the order of a pack's hooks is the order of telling.
create function telling_hook(hooks jsonb, verdict text) returns text language sql immutable parallel safe as $$
  select hook ->> 'id' from jsonb_array_elements(hooks) with ordinality as each (hook, at)
   where hook ->> 'verdict' = verdict order by at limit 1 $$;

create function board_day(at timestamptz) returns date language sql immutable parallel safe
  as $$ select (at at time zone 'Asia/Shanghai')::date $$;

-- A refusal of the policy, or of a person in its stead; an owner's own no is none of either. A request that went to people
-- and ended without their word was stopped by the machine that asked for more.
create view board_refusals as
  select r.id, r.pack, r.refused_at, board_day(r.refused_at) as day, r.refusal, d.hooks, d.verdict, d.overturned_by,
         telling_hook(d.hooks, d.verdict) as hook,
         case when d.verdict <> 'deny' and exists (
                select 1 from review_cases c
                 where c.subject_kind = 'binding_request' and c.subject_id = r.id and c.appeal_text is null
                   and c.state = 'decided' and c.decision = 'reject')
              then 'person' else 'machine' end as said
    from binding_requests r
    join decisions d on d.id = r.decision_id
   where r.state = 'refused' and r.refusal <> 'refused_by_owner';
create index binding_requests_refused on binding_requests (refused_at) where state = 'refused';

-- Adds up what happened from `since` on and before `until`.
create function count_board(since timestamptz, until timestamptz)
returns table (day date, pack text, what text, hook text, said text, came text, bucket integer, n bigint)
language sql stable as $$
  with made as materialized (
    select board_day(d.decided_at) as day, d.pack, d.verdict, d.hooks, d.shadow, d.timings
      from decisions d where d.decided_at >= since and d.decided_at < until),
  laps as (
    select m.day, m.pack, lap.key as part, lap.value::float8 as ms from made m, jsonb_each_text(m.timings) lap
    union all
    select m.day, m.pack, '', (select sum(lap.value::float8) from jsonb_each_text(m.timings) lap)
      from made m where m.timings <> '{}')
  select m.day, m.pack, 'decision', '', m.verdict, '', 0, count(*) from made m group by m.day, m.pack, m.verdict
  union all
  select t.day, t.pack, 'told', t.hook, t.verdict, '', 0, count(*)
    from (select m.day, m.pack, m.verdict, coalesce(telling_hook(m.hooks, m.verdict), '') as hook from made m where m.verdict <> 'allow') t
   group by t.day, t.pack, t.hook, t.verdict
  union all
  select m.day, m.pack, 'hook', h.hook ->> 'id', h.hook ->> 'verdict', m.verdict, 0, count(*)
    from made m, jsonb_array_elements(m.hooks) h (hook) group by m.day, m.pack, h.hook ->> 'id', h.hook ->> 'verdict', m.verdict
  union all
  select m.day, m.pack, 'shadow', h.hook ->> 'id', h.hook ->> 'verdict', m.verdict, 0, count(*)
    from made m, jsonb_array_elements(m.shadow -> 'hooks') h (hook)
   where m.shadow is not null group by m.day, m.pack, h.hook ->> 'id', h.hook ->> 'verdict', m.verdict
  union all
  select l.day, l.pack, 'time', l.part, '', '', floor(ln(greatest(l.ms, 0.001)) / ln(1.1))::int, count(*)
    from laps l group by l.day, l.pack, l.part, 7
  union all
  select r.day, r.pack, 'refusal', coalesce(r.hook, ''), r.said, r.refusal, 0, count(*)
    from board_refusals r where r.refused_at >= since and r.refused_at < until
   group by r.day, r.pack, r.hook, r.said, r.refusal
  union all                                       -- to the day of the refusal, whenever the appeal was decided
  select r.day, r.pack, 'appeal', coalesce(r.hook, ''), r.said, case c.decision when 'accept' then 'upheld' else 'dismissed' end, 0, count(*)
    from review_cases c join board_refusals r on r.id = c.subject_id
   where c.subject_kind = 'binding_request' and c.appeal_text is not null and c.state = 'decided'
     and c.decided_at >= since and c.decided_at < until
   group by r.day, r.pack, r.hook, r.said, c.decision
  union all
  select r.day, r.pack, 'wronged', h.hook ->> 'id', '', '', 0, count(*)
    from review_cases c join board_refusals r on r.id = c.subject_id, jsonb_array_elements(r.hooks) h (hook)
   where c.subject_kind = 'binding_request' and c.appeal_text is not null and c.state = 'decided' and c.decision = 'accept'
     and c.decided_at >= since and c.decided_at < until and h.hook ->> 'verdict' <> 'allow'
   group by r.day, r.pack, h.hook ->> 'id'
$$;

-- What a request came to that was asked to prove more. Who was refused while still asked has proved nothing.
create function step_up_outcome(request text) returns text language sql stable as $$
  select case when r.state in ('approved', 'redeemed') then case when p.decision is null then 'proved' else 'accepted' end
              when r.state = 'expired' or r.refusal = 'refused_by_owner' then 'gave_up'
              when r.state = 'refused' and p.decision = 'reject' then 'rejected'
              when r.state = 'refused' then case when d.verdict = 'step_up' then 'gave_up' else 'refused' end
              when r.state = 'in_review' then 'with_people'
              else 'waiting' end
    from binding_requests r
    left join decisions d on d.id = r.decision_id
    left join lateral (select c.decision from review_cases c
                        where c.subject_kind = 'binding_request' and c.subject_id = r.id and c.appeal_text is null
                          and c.state = 'decided' order by c.decided_at desc limit 1) p on true
   where r.id = request
$$;

create index decisions_step_up    on decisions (decided_at) where verdict = 'step_up';
create index review_cases_appeals on review_cases (decided_at) where appeal_text is not null and subject_kind = 'binding_request';
create index review_cases_open_appeals on review_cases (subject_id) where state = 'open' and appeal_text is not null;
