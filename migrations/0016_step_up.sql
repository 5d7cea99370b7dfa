-- Between two that agreed and their binding: one or both prove more than a password (R22's step_up).
alter table binding_requests
  drop constraint binding_requests_state_check,
  add constraint binding_requests_state_check check (state in
    ('created', 'offered', 'answered', 'proving', 'in_review', 'approved', 'redeemed', 'refused', 'expired')),
  add column asked       jsonb,                   -- who is to prove what, while it is being proved
  add column asked_until timestamptz,
  add column proofs      jsonb,                   -- what was proved, for this request alone
  add constraint binding_requests_asked_while_proving check ((state = 'proving') = (num_nonnulls(asked, asked_until) = 2)),
  add constraint binding_requests_asked_whole check (num_nonnulls(asked, asked_until) in (0, 2));

drop index binding_requests_pending;
drop index binding_requests_pending_owner;
drop index binding_requests_overdue;
create index binding_requests_pending       on binding_requests (primary_id)       where state in ('answered', 'proving', 'in_review');
create index binding_requests_pending_owner on binding_requests (primary_owner_id) where state in ('answered', 'proving', 'in_review');
create index binding_requests_overdue on binding_requests (expires_at) where state in ('created', 'offered', 'answered', 'proving');

create or replace view refusals as                -- as in 0012, and what refused: whoever asked for proof and got none did so itself
  select r.id, r.client_id, r.pack, r.role, r.starter_id, r.primary_id, r.sub_id, r.refusal, r.refused_at,
         r.decision_id, d.verdict, d.hooks, c.valid_until as cleared_until, bindery_now() as now, r.pack_version, r.refusal_site
    from binding_requests r
    left join decisions d on d.id = r.decision_id
    left join clearances c on c.request_id = r.id and c.used_at is null and c.valid_until > bindery_now()
   where r.state = 'refused';

create table step_up_checks (                     -- a fresh identity check: the face of now against the verified owner's document
  id          text        primary key,
  request_id  text        not null references binding_requests,
  side        text        not null check (side in ('starter', 'other')),
  account_id  text        not null references accounts,
  owner_id    text        not null,               -- whom the account was verified as when the check began; no reference, it outlives them
  state       text        not null default 'waiting' check (state in ('waiting', 'passed', 'failed', 'moot')),
  begun_at    timestamptz not null default bindery_now(),
  ended_at    timestamptz,
  attempts    integer     not null default 0,
  next_try_at timestamptz,                        -- when the provider is asked (again); null: it has answered, or nobody waits
  check ((state = 'waiting') = (ended_at is null))
);
create unique index step_up_checks_one_waiting on step_up_checks (request_id, side) where state = 'waiting';
create index step_up_checks_request on step_up_checks (request_id);
create index step_up_checks_due on step_up_checks (next_try_at) where next_try_at is not null;

alter table evidence_documents
  add column check_id text references step_up_checks,
  drop constraint evidence_documents_of_one_thing,
  add constraint evidence_documents_of_one_thing check (num_nonnulls(evidence_id, correction_id, check_id) = 1);
create index evidence_documents_check on evidence_documents (check_id) where check_id is not null;
