-- Password hashes of other systems: whether any is left. The condition is that of the statement
-- that asks (src/accounts/accounts.store.ts).
create index accounts_foreign_hash on accounts (platform)
  where password_hash like '$%' and password_hash not like '$argon2id$v=19$m=19456,t=2,p=1$%';

-- How far an import of accounts came, so that it goes on after it was cut off.
create table account_imports (
  platform      text        not null check (platform ~ '^[a-z][a-z0-9-]{0,31}$'),
  fingerprint   bytea       not null check (length(fingerprint) = 32),
  line          integer     not null default 0,
  created       integer     not null default 0,
  changed       integer     not null default 0,
  unchanged     integer     not null default 0,
  rejected      integer     not null default 0,
  reject_bytes  bigint      not null default 0,
  started_at    timestamptz not null default bindery_now(),
  finished_at   timestamptz,
  primary key (platform, fingerprint)
);
comment on table  account_imports              is 'Files of accounts that were imported, and how far each came.';
comment on column account_imports.platform     is 'The platform that the accounts belong to.';
comment on column account_imports.fingerprint  is 'SHA-256 of the file and of what was asked for.';
comment on column account_imports.line         is 'The line up to which its rows are done; committed with their accounts.';
comment on column account_imports.created      is 'Accounts that it made.';
comment on column account_imports.changed      is 'Accounts that were there and differed.';
comment on column account_imports.unchanged    is 'Accounts that were there and stayed as they are.';
comment on column account_imports.rejected     is 'Rows that were refused; the file of rejects says why.';
comment on column account_imports.reject_bytes is 'Length of the file of rejects up to here; what is behind it was not committed.';
comment on column account_imports.started_at   is 'When it began.';
comment on column account_imports.finished_at  is 'When its last row was done; null: it was cut off, or runs.';

-- Bindings that existed before Bindery (R50).
alter table bindings
  add column origin      text check (origin ~ '^[a-z][a-z0-9_-]{0,31}$'),
  add column imported_at timestamptz,
  add column confirm_by  timestamptz,
  add column over_limit  boolean not null default false,
  add constraint bindings_imported check ((origin is null) = (imported_at is null));
comment on column bindings.origin      is 'Where it was made, for bindings that came from elsewhere (R50); null: here.';
comment on column bindings.imported_at is 'When it was taken over.';
comment on column bindings.confirm_by  is 'Until when its owners must confirm it; null: they need not, or did.';
comment on column bindings.over_limit  is 'It was kept although the limit of its pack was reached.';
create index bindings_confirm_by on bindings (confirm_by)
  where confirm_by is not null and state in ('active', 'suspended') and not 'confirmation' = any(suspended_by);
create index bindings_taken on bindings (platform, origin, id)
  where origin is not null and state in ('active', 'suspended');
create index bindings_exported on bindings (platform, id) where state in ('active', 'suspended');

-- What nobody confirmed in time is held until somebody does.
alter table bindings
  drop constraint bindings_suspended_by_check,
  add constraint bindings_suspended_by_check
      check (suspended_by <@ array['primary', 'sub', 'operator', 'evidence', 'platform', 'confirmation']);
