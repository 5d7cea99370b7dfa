-- R23: whose case it is, how many must agree, who may not see it, and what it appeals against.
alter table review_cases
  drop constraint review_cases_state_check,
  add constraint review_cases_state_check check (state in ('open', 'decided', 'dropped')),
  add column applicant     text references accounts,  -- whose account it is about
  add column kind          text check (kind in ('personal', 'enterprise', 'special_industry')),
  add column four_eyes     boolean not null default false,
  add column appeal_text   bytea,                     -- sealed: people write names into it; empty once they were forgotten, null where it is no appeal
  add column appeal_of     text references review_cases,  -- null: of an automatic decision
  add column excluded_reviewers text[] not null default '{}',
  add column escalated_at  timestamptz,
  -- When what is before the reviewers last changed: a look or an opinion from before counts no more.
  add column changed_at    timestamptz not null default bindery_now(),
  add constraint review_cases_appeal_of_appeal check (appeal_of is null or appeal_text is not null);
-- `reason` is of cases decided before this; since then reasons are sealed, with the opinions.
update review_cases set changed_at = opened_at;

-- What each reviewer said. An acceptance on which four eyes are to look takes two; one rejection is enough.
create table review_opinions (
  case_id  text        not null references review_cases,
  by       text        not null references accounts,
  decision text        not null check (decision in ('accept', 'reject')),
  reason   bytea,                                     -- sealed; null once its applicant was forgotten
  at       timestamptz not null default bindery_now(),
  primary key (case_id, by)
);

create table review_looks (                           -- nobody decides what they have not looked at
  case_id   text        not null references review_cases,
  by        text        not null references accounts,
  looked_at timestamptz not null default bindery_now(),
  primary key (case_id, by)
);

-- The queue's order, and where its next page begins.
drop index review_cases_due;
create index review_cases_queue       on review_cases (due_at, id) where state = 'open';
create index review_cases_to_escalate on review_cases (due_at) where state = 'open' and escalated_at is null;
create index review_cases_subject     on review_cases (subject_kind, subject_id);
create index review_cases_applicant   on review_cases (applicant);

-- Relations between the people behind accounts, as staff recorded them: they never review each other.
create table owner_relatives (
  owner_id    text        not null references owners,
  relative_id text        not null references owners,
  relation    text        not null check (relation in ('spouse', 'parent_child', 'sibling', 'in_law', 'business', 'other')),
  recorded_by text        not null,
  recorded_at timestamptz not null default bindery_now(),
  primary key (owner_id, relative_id),
  check (owner_id < relative_id)                      -- one row a pair, whichever was named first
);
create index owner_relatives_other on owner_relatives (relative_id);
