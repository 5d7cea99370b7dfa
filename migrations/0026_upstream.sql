-- What a platform calls the owner of its accounts (R44, R47): the operator says which platforms are
-- believed. Two accounts with one reference have one owner; the reference itself is not kept.
create table owner_references (
  platform   text        not null check (platform ~ '^[a-z][a-z0-9-]{0,31}$'),
  reference  bytea       not null,
  owner_id   text        not null references owners,
  created_at timestamptz not null default bindery_now(),
  primary key (platform, reference)
);
create index owner_references_owner on owner_references (owner_id);
comment on table  owner_references            is 'What platforms call owners: two accounts with one reference have one owner (R1).';
comment on column owner_references.platform   is 'Whose word it is.';
comment on column owner_references.reference  is 'Keyed hash of what the platform calls the owner.';
comment on column owner_references.owner_id   is 'The owner that the platform means.';
comment on column owner_references.created_at is 'When the platform said so first.';

alter table owners
  drop constraint owners_verified_by_check,
  add constraint owners_verified_by_check
      check (verified_by in ('identity_document', 'legal_entity', 'platform'));
comment on column owners.verified_by is 'What proved it: a document, a legal entity, or the word of a platform that the operator believes.';

-- What is good once: a sign-in that is on its way upstream or back, a hand-over, an ID token that an
-- app has exchanged. Whoever deletes the row has the ticket.
create table upstream_tickets (
  purpose    text        not null check (purpose in ('sent', 'answered', 'start', 'spent')),
  key        bytea       not null,
  browser    bytea,
  sealed     text        not null check (length(sealed) <= 8192),
  expires_at timestamptz not null,
  primary key (purpose, key)
);
create index upstream_tickets_expires on upstream_tickets (expires_at);
comment on table  upstream_tickets            is 'Tickets of sign-ins at a platform, each good once.';
comment on column upstream_tickets.purpose    is 'sent: on its way to the platform; answered: back from it; start: a hand-over; spent: an ID token that was exchanged.';
comment on column upstream_tickets.key        is 'Keyed hash of what the holder shows.';
comment on column upstream_tickets.browser    is 'Keyed hash of the cookie of the browser it belongs to; null: whoever opens it first.';
comment on column upstream_tickets.sealed     is 'What it says, sealed by a key of the installation; empty if it says nothing.';
comment on column upstream_tickets.expires_at is 'From then on it is worth nothing.';
