-- 1. Time that indexes can use (docs/decisions/0010-two-clocks.md).

-- PostgreSQL uses no index for a condition on a volatile function: it may answer differently for each row. Stable says that
-- one answer is good for one scan. The body still reads the clock at each call, so that a row that was changed while a
-- statement waited for its lock is checked again by the time after the wait. Only a moved `clock_offset` is seen late.
create or replace function bindery_now() returns timestamptz language sql stable parallel safe
  as 'select clock_timestamp() + ahead from clock_offset';

-- For statements that wait for a row lock and then report or judge by the time. Volatile: it sees a clock that was moved
-- during the wait. No index serves a condition on it, so such statements find their rows by key.
create function bindery_clock() returns timestamptz language sql volatile parallel safe
  as 'select clock_timestamp() + ahead from clock_offset';

-- Selected together with locks, and never a condition.
create or replace function qualification_now(held text, until timestamptz) returns text language sql volatile parallel safe
  return case when until is null then held when until > bindery_clock() then held else 'none' end;

-- 2. Indexes for statements that had none (test/store/plans.test.ts finds them).
drop index bindings_primary;                      -- was of live bindings alone; owners see those of the past too
create index bindings_primary on bindings (primary_id) where state <> 'purged';
create index bindings_sub     on bindings (sub_id)     where state <> 'purged';
create index clients_resources on clients using gin ((metadata -> 'account_binding_resources') jsonb_path_ops);
create index account_consents_account on account_consents (account_id);
create index evidence_documents_owner on evidence_documents (owner_id);
create index step_up_checks_account   on step_up_checks (account_id);
create index owner_affiliations_subsidiary on owner_affiliations (subsidiary_id);
create index review_cases_late        on review_cases (due_at, id) where state = 'open' and escalated_at is not null;
create index review_opinions_by       on review_opinions (by);

-- 3. Decisions, audit rows and events live for a stated time (docs/decisions/0026-life-of-records.md): partitions by month
-- of the business clock in UTC, as signals have. `…_rest` takes what has no partition, and what outlives its month.

-- A partitioned table's key holds its partition column, so nothing can reference `decisions (id)` any more.
alter table binding_requests drop constraint binding_requests_decision_id_fkey;
drop view refusals;
drop view board_refusals;

alter table decisions rename to decisions_before;
alter table decisions_before rename constraint decisions_overturned_by_somebody to decisions_before_overturned;
alter table decisions_before rename constraint decisions_pkey to decisions_before_pkey;
alter index decisions_request rename to decisions_before_request;
alter index decisions_at rename to decisions_before_at;
alter index decisions_shadow rename to decisions_before_shadow;
alter index decisions_step_up rename to decisions_before_step_up;
create table decisions (
  id            text        not null,
  request_id    text        not null,
  pack          text        not null,
  pack_version  integer     not null,
  verdict       text        not null check (verdict in ('allow', 'step_up', 'review', 'deny')),
  refusal       text,
  facts         jsonb       not null,
  hooks         jsonb       not null,
  decided_at    timestamptz not null default bindery_now(),
  overturned_by text        references review_cases,
  overturned_at timestamptz,
  shadow        jsonb,
  timings       jsonb       not null default '{}',
  primary key (id, decided_at),
  constraint decisions_overturned_by_somebody check ((overturned_by is null) = (overturned_at is null))
) partition by range (decided_at);
create index decisions_request on decisions (request_id);
create index decisions_at      on decisions (decided_at);
create index decisions_shadow  on decisions (decided_at) where shadow is not null;
create index decisions_step_up on decisions (decided_at) where verdict = 'step_up';
create table decisions_rest partition of decisions default;

alter table audit_log rename to audit_log_before;
alter table audit_log_before rename constraint audit_log_pkey to audit_log_before_pkey;
alter index audit_log_subject rename to audit_log_before_subject;
create sequence audit_log_numbers;
create table audit_log (
  seq     bigint      not null default nextval('audit_log_numbers'),
  action  text        not null,
  subject text        not null,
  actor   text,
  detail  jsonb       not null default '{}',
  at      timestamptz not null default bindery_now(),
  primary key (seq, at)
) partition by range (at);
alter sequence audit_log_numbers owned by audit_log.seq;
create index audit_log_subject on audit_log (subject, seq);
create table audit_log_rest partition of audit_log default;

alter table events rename to events_before;
alter table events_before rename constraint events_pkey to events_before_pkey;
alter index events_stream rename to events_before_stream;
create sequence events_numbers;
create table events (
  seq         bigint      not null default nextval('events_numbers'),
  type        text        not null,
  stream      text        not null,
  data        jsonb       not null,
  happened_at timestamptz not null default bindery_now(),
  primary key (seq, happened_at)
) partition by range (happened_at);
alter sequence events_numbers owned by events.seq;
create index events_stream on events (stream, seq);
create table events_rest partition of events default;

-- What the rows of a record are about, while it is alive: a binding that holds and the request that led to it, a request
-- that is not over, evidence that counts or may count, a case that waits for people, a step-up that is not counted yet.
create view living_subjects as
  select id from bindings where state in ('active', 'suspended')
  union all
  select r.id from binding_requests r join bindings b on b.id = r.binding_id where b.state in ('active', 'suspended')
  union all
  select id from binding_requests where state in ('created', 'offered', 'answered', 'proving', 'in_review', 'approved')
  union all
  select id from evidence where state in ('uploaded', 'checking', 'accepted')
  union all
  select id from review_cases where state = 'open'
  union all
  select subject_id from review_cases where state = 'open'
  union all
  select request_id from board_stepped_up;

-- Makes the partition of a month, and moves into it what came while there was none.
create function add_record_month(whole text, at_column text, first date) returns void language plpgsql as $$
declare
  part  text := whole || '_' || to_char(first, 'YYYYMM');
  since timestamptz := first::timestamp at time zone 'UTC';
  until timestamptz := (first + interval '1 month')::timestamp at time zone 'UTC';
begin
  execute format('create table %I (like %I including all)', part, whole);
  execute format('with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *) insert into %5$I select * from moved',
                 whole || '_rest', at_column, since, until, part);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', whole, part, since, until);
end $$;

-- Makes the partitions of this month and the next two, and drops those that are `keep` months old. What something alive
-- rests on is moved to the rest first, and goes once nothing does. Decisions wait until the board has counted them. Gives
-- up rather than keep anybody waiting for its locks; what takes long is done before the first of them.
create function rotate_records(whole text, keep integer) returns text[] language plpgsql as $$
declare
  at_column    text := case whole when 'decisions' then 'decided_at' when 'audit_log' then 'at' when 'events' then 'happened_at' end;
  about_column text := case whole when 'decisions' then 'request_id' when 'audit_log' then 'subject' end;
  edge  date := (signal_month(bindery_now()) - make_interval(months => keep))::date;
  rest  text := whole || '_rest';
  made  boolean := false;
  part  text;
  first date;
  gone  text[];
begin
  set local lock_timeout = '2s';
  perform pg_advisory_xact_lock(hashtext('rotate_records'));
  if whole = 'decisions' then
    edge := least(edge, (select date_trunc('month', greatest(until, '1970-01-01') at time zone 'UTC')::date from board_counted));
  end if;
  gone := array(select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
                 where i.inhparent = whole::regclass and c.relname ~ '_\d{6}$' and to_date(right(c.relname, 6), 'YYYYMM') < edge
                 order by 1);
  if cardinality(gone) > 0 then
    execute format('create temp table outliving (like %I) on commit drop', whole);
    foreach part in array gone loop
      execute format('lock table %I in share row exclusive mode', part);
      if about_column is not null then
        execute format('insert into outliving select * from %I where %I in (select id from living_subjects)', part, about_column);
      end if;
    end loop;
    foreach part in array gone loop
      execute format('alter table %I detach partition %I', whole, part);
      execute format('drop table %I', part);
    end loop;
    execute format('insert into %I select * from outliving', rest);
    drop table outliving;
  end if;
  for ahead in 0..2 loop
    first := (signal_month(bindery_now()) + make_interval(months => ahead))::date;
    continue when to_regclass(whole || '_' || to_char(first, 'YYYYMM')) is not null;
    perform add_record_month(whole, at_column, first);
    made := true;
  end loop;
  if made or cardinality(gone) > 0 then            -- so that the rest is gone through once a month, not at every call
    execute format('delete from %I where %I < %L%s', rest, at_column, edge::timestamp at time zone 'UTC',
                   case when about_column is null then '' else format(' and not exists (select from living_subjects l where l.id = %I)', about_column) end);
  end if;
  return gone;
end $$;

-- What is there already goes to the partitions of its months.
do $$
declare
  spec  record;
  first date;
begin
  for spec in select * from (values ('decisions', 'decided_at'), ('audit_log', 'at'), ('events', 'happened_at')) s (whole, at_column) loop
    for first in execute format('select distinct signal_month(%I) from %I', spec.at_column, spec.whole || '_before') loop
      perform add_record_month(spec.whole, spec.at_column, first);
    end loop;
  end loop;
end $$;
insert into decisions (id, request_id, pack, pack_version, verdict, refusal, facts, hooks, decided_at, overturned_by, overturned_at, shadow, timings)
select id, request_id, pack, pack_version, verdict, refusal, facts, hooks, decided_at, overturned_by, overturned_at, shadow, timings from decisions_before;
insert into audit_log (seq, action, subject, actor, detail, at) select seq, action, subject, actor, detail, at from audit_log_before;
insert into events (seq, type, stream, data, happened_at) select seq, type, stream, data, happened_at from events_before;
select setval('audit_log_numbers', (select max(seq) from audit_log)) where exists (select from audit_log);
select setval('events_numbers', (select max(seq) from events)) where exists (select from events);
drop table decisions_before;
drop table audit_log_before;
drop table events_before;
select rotate_records(whole, 1200) from unnest(array['decisions', 'audit_log', 'events']) whole;

create view refusals as                           -- as in 0016; a decision that is past its life has no verdict and no hooks
  select r.id, r.client_id, r.pack, r.role, r.initiator_id, r.primary_id, r.sub_id, r.refusal, r.refused_at,
         r.decision_id, d.verdict, d.hooks, c.valid_until as cleared_until, bindery_now() as now, r.pack_version, r.refused_by_hook
    from binding_requests r
    left join decisions d on d.id = r.decision_id
    left join clearances c on c.request_id = r.id and c.used_at is null and c.valid_until > bindery_now()
   where r.state = 'refused';

create view board_refusals as                     -- as in 0013
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
