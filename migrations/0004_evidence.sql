-- When the first piece of evidence that the qualification rests on runs out: from that moment the account is not qualified,
-- whether or not a job has come by (R5).
alter table accounts add column qualified_until timestamptz;

create function qualification_now(held text, until timestamptz) returns text language sql volatile parallel safe
  return case when until is null then held when until > bindery_now() then held else 'none' end;

alter table bindings
  drop constraint bindings_suspended_by_check,
  add constraint bindings_suspended_by_check check (suspended_by <@ array['primary', 'sub', 'operator', 'evidence']);

create table evidence (                           -- R3: one piece, from its upload until nothing rests on it any more
  id           text primary key,
  account_id   text not null references accounts,
  owner_id     text not null references owners,   -- whom the account says it belongs to; proven once the account qualifies
  type         text not null check (type in ('id_front', 'id_back', 'face_match', 'person_check', 'business_licence', 'bank_micro_deposit',
                 'three_in_one_licence', 'in_person_signing', 'industry_permit', 'licence_copy_with_authorization')),
  state        text not null check (state in ('uploaded', 'checking', 'accepted', 'rejected', 'expired', 'withdrawn')),
  examiner     text check (examiner in ('provider', 'person')),
  reason       text,                              -- of a rejection
  valid_until  timestamptz,                       -- as the document says; null: it does not run out
  due_at       timestamptz,                       -- until when people decide (R4)
  changed_at   timestamptz not null default bindery_now(),
  submitted_at timestamptz not null default bindery_now(),
  attempts     integer not null default 0,        -- to hand the question to the provider
  next_try_at  timestamptz,                       -- null: handed over, or nothing to hand over
  check (state not in ('checking', 'accepted') or examiner is not null),
  check ((state = 'rejected') = (reason is not null))
);
create index evidence_account on evidence (account_id);
create unique index evidence_one_under_way on evidence (account_id, type) where state in ('uploaded', 'checking');
create index evidence_to_hand_over on evidence (next_try_at) where next_try_at is not null;
create index evidence_running_out  on evidence (valid_until) where state = 'accepted';

create table micro_deposits (                     -- the amount is not here: it is derived from the installation's secret
  evidence_id text primary key references evidence,
  state       text not null check (state in ('ordered', 'sent', 'confirmed', 'failed')),
  wrong       integer not null default 0,
  until       timestamptz,
  because     text,
  changed_at  timestamptz not null default bindery_now()
);
create index micro_deposits_open on micro_deposits (until) where state = 'sent';

create table in_person_signings (
  evidence_id    text primary key references evidence,
  state          text not null check (state in ('requested', 'appointed', 'attested', 'signed', 'missed', 'cancelled')),
  appointed_at   timestamptz,
  place          text,
  first_witness  text references accounts,
  second_witness text references accounts,
  changed_at     timestamptz not null default bindery_now(),
  check (first_witness <> second_witness),
  check (state <> 'signed' or second_witness is not null)
);
create index in_person_signings_open on in_person_signings (appointed_at) where state in ('appointed', 'attested');

create table evidence_documents (                 -- what was uploaded: where it lies, sealed with the owner's data key
  id          text primary key,                   -- also its random name in the storage
  evidence_id text not null references evidence,
  owner_id    text not null references owners,
  media_type  text not null,
  size        integer not null,
  stored_at   timestamptz not null default bindery_now()
);
create index evidence_documents_evidence on evidence_documents (evidence_id);

create table owner_notices (                      -- R5: what became of evidence and bindings, and why, for the owner to read
  seq         bigint generated always as identity primary key,
  account_id  text not null references accounts,
  what        text not null,                      -- 'evidence.rejected', 'binding.suspended' …
  reason      text,
  evidence_id text references evidence,
  binding_id  text references bindings,
  at          timestamptz not null default bindery_now(),
  read_at     timestamptz
);
create index owner_notices_account on owner_notices (account_id, seq);

create table callback_nonces (                    -- a signed callback counts once
  nonce       text primary key,
  received_at timestamptz not null default now()
);
create index callback_nonces_age on callback_nonces (received_at);
