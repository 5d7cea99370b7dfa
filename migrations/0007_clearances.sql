-- What a person, on appeal, found unfounded about two accounts (R23): held against them no more, once, for a while.
create table clearances (
  case_id     text        primary key references review_cases,
  request_id  text        not null unique references binding_requests, -- whose refusal was appealed against
  primary_id  text        not null references accounts,
  sub_id      text        not null references accounts,
  pack        text        not null,
  doubts      jsonb       not null,               -- hook, verdict and reasons as the reviewer saw them
  given_at    timestamptz not null default bindery_now(),
  valid_until timestamptz not null,
  used_at     timestamptz,
  used_by     text        references binding_requests,
  check ((used_at is null) = (used_by is null))
);
create index clearances_pair on clearances (primary_id, sub_id, pack) where used_at is null;

-- A decision that a person found wrong afterwards stays as it was, and says so (R24).
alter table decisions
  add column overturned_by text references review_cases,
  add column overturned_at timestamptz,
  add constraint decisions_overturned_by_somebody check ((overturned_by is null) = (overturned_at is null));

alter table binding_requests add column refused_at timestamptz;
update binding_requests r
   set refused_at = coalesce((select decided_at from decisions d where d.id = r.decision_id), created_at)
 where state = 'refused';
alter table binding_requests add constraint binding_requests_refused_at_a_time check ((state = 'refused') = (refused_at is not null));
create index binding_requests_refused_starter on binding_requests (starter_id, refused_at) where state = 'refused';
create index binding_requests_refused_primary on binding_requests (primary_id, refused_at) where state = 'refused';
create index binding_requests_refused_sub     on binding_requests (sub_id, refused_at)     where state = 'refused';

alter table owner_notices add column request_id text references binding_requests; -- of the refusal that was appealed against

create view refusals as                           -- a refused request, what was decided of it, and what is left of an appeal
  select r.id, r.client_id, r.pack, r.role, r.starter_id, r.primary_id, r.sub_id, r.refusal, r.refused_at,
         r.decision_id, d.verdict, d.hooks, c.valid_until as cleared_until, bindery_now() as now
    from binding_requests r
    left join decisions d on d.id = r.decision_id
    left join clearances c on c.request_id = r.id and c.used_at is null and c.valid_until > bindery_now()
   where r.state = 'refused';
