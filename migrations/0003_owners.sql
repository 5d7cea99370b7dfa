-- An owner that was deleted stays as a name that bindings and decisions of the past can point to; nothing tells who it was.
alter table owners
  add column deleted_at timestamptz,
  alter column identity_index drop not null,
  add constraint owners_deleted_tell_nothing check (case when deleted_at is null then identity_index is not null
                                                         else identity_index is null and verified_at is null end);

-- One data key per owner, wrapped by the key-encryption key `kek_id` that is kept outside this database. Deleting the row
-- makes everything sealed with it unreadable, wherever copies lie.
create table owner_keys (
  owner_id    text        primary key references owners,
  kek_id      text        not null,
  wrapped_key bytea       not null,
  version     integer     not null default 1,    -- raised by each re-wrap: of two at once, one gives way
  wrapped_at  timestamptz not null default bindery_now()
);

create table owner_fields (                       -- what is known of the person or entity, sealed field by field
  owner_id   text        not null references owners,
  name       text        not null,
  ciphertext bytea       not null,                -- AES-256-GCM; bound to this table, owner and name
  stored_at  timestamptz not null default bindery_now(),
  primary key (owner_id, name)
);

-- A tie that was withdrawn stays on record, and counts for nothing.
alter table owner_affiliations
  add column evidence     text,                   -- what it was verified on
  add column withdrawn_at timestamptz,
  add column withdrawn_because text,
  add constraint owner_affiliations_withdrawn_with_reason check ((withdrawn_at is null) = (withdrawn_because is null));
