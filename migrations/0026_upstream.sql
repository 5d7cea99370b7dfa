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
