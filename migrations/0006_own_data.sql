-- Whom an account says it belongs to, until evidence shows it. Kept by account and not by owner: who types somebody
-- else's number neither sees nor fixes what is known of that owner.
create table account_claims (
  account_id text        primary key references accounts,
  owner_id   text        not null references owners,
  claimed_at timestamptz not null default bindery_now(),
  proven_at  timestamptz                          -- what was typed is the owner's from then on, and here no more
);
create index account_claims_owner on account_claims (owner_id);

create table account_claim_fields (               -- sealed with the key of the owner that is claimed
  account_id text  not null references account_claims on delete cascade,
  name       text  not null,
  ciphertext bytea not null,                      -- bound to this table, account and name
  for_owner  bytea not null,                      -- the same bound to owner_fields: proof moves it there without opening it
  digest     bytea not null,                      -- keyed hash: whether it changed can be told without opening it
  primary key (account_id, name)
);

create table account_consents (                   -- PIPL art. 14, 29: who agreed to which words, when, until when
  seq           bigint      generated always as identity primary key,
  account_id    text        not null references accounts,
  consent       text        not null check (consent in ('identity_documents', 'biometrics', 'business_records')),
  version       integer     not null,
  language      text        not null check (language in ('zh-CN', 'en')),
  text_hash     bytea       not null,             -- SHA-256 of the text that was shown
  given_at      timestamptz not null default bindery_now(),
  ended_at      timestamptz,
  ended_because text check (ended_because in ('withdrawn', 'replaced')),
  check ((ended_at is null) = (ended_because is null))
);
create unique index account_consents_one_holds on account_consents (account_id, consent) where ended_at is null;

-- Attempts are bounded by what was never accepted: an honest owner who renews is not shut out.
alter table evidence add column accepted_at timestamptz;
update evidence set accepted_at = changed_at where state = 'accepted';
create index evidence_owner on evidence (owner_id) where state in ('uploaded', 'checking', 'accepted');

create table corrections (                        -- PIPL art. 46: what an owner wants put right, until a person has looked
  id           text        primary key,
  account_id   text        not null references accounts,
  owner_id     text        not null references owners,
  field        text        not null check (field in ('name', 'legal_representative', 'bank_account')),
  state        text        not null check (state in ('open', 'accepted', 'rejected', 'withdrawn')),
  value        bytea,                             -- sealed; gone once it is decided
  for_owner    bytea,                             -- the same bound to owner_fields
  due_at       timestamptz not null,
  requested_at timestamptz not null default bindery_now(),
  changed_at   timestamptz not null default bindery_now(),
  check ((state = 'open') = (value is not null) and (value is null) = (for_owner is null))
);
create unique index corrections_one_open on corrections (owner_id, field) where state = 'open';
create index corrections_account on corrections (account_id);

alter table evidence_documents
  alter column evidence_id drop not null,
  add column correction_id text references corrections,
  add column remove_at timestamptz,               -- when it goes from the storage; null: while it is needed
  add constraint evidence_documents_of_one_thing check (num_nonnulls(evidence_id, correction_id) = 1);
create index evidence_documents_correction on evidence_documents (correction_id) where correction_id is not null;
create index evidence_documents_to_remove  on evidence_documents (remove_at) where remove_at is not null;
update evidence_documents d set remove_at = e.changed_at + case e.state when 'withdrawn' then interval '0' else interval '90 days' end
  from evidence e where e.id = d.evidence_id and e.state in ('rejected', 'expired', 'withdrawn');

-- Documents in the storage that no row refers to yet: what a crash leaves there is found by them.
create table loose_documents (
  id     text        primary key,
  put_at timestamptz not null default now()
);
create index loose_documents_age on loose_documents (put_at);

create index owner_notices_unread on owner_notices (account_id) where read_at is null;
