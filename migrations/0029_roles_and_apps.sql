-- Who works here: an operator, a reviewer, an auditor who may only read.
alter table accounts
  add constraint accounts_roles check (roles <@ array['operator', 'reviewer', 'auditor']);
create index accounts_with_roles on accounts (login) where roles <> '{}';
create index accounts_operators  on accounts (id)    where 'operator' = any (roles);
comment on column accounts.roles is 'What people may do here beside their own account: operator, reviewer, auditor.';

-- Two people make an operator: one asks, another confirms.
create table role_grants (
  account_id text        primary key references accounts on delete cascade,
  asked_by   text        not null,
  asked_at   timestamptz not null default bindery_now(),
  expires_at timestamptz not null
);
create index role_grants_asked_by on role_grants (asked_by);
comment on table  role_grants            is 'Accounts that shall become operator, until another operator confirms it.';
comment on column role_grants.account_id is 'Who shall become operator.';
comment on column role_grants.asked_by   is 'Account id of the operator who asked, or system for a command.';
comment on column role_grants.asked_at   is 'When it was asked.';
comment on column role_grants.expires_at is 'Afterwards nobody can confirm it.';

-- The first operator comes by a link that works once.
create table bootstrap_links (
  reference  bytea       primary key,
  account_id text        not null references accounts on delete cascade,
  made_at    timestamptz not null default bindery_now(),
  expires_at timestamptz not null
);
create index bootstrap_links_account on bootstrap_links (account_id);
comment on table  bootstrap_links            is 'The link by which the first operator sets up a way in. Its use deletes it.';
comment on column bootstrap_links.reference  is 'Keyed hash of what the link holds.';
comment on column bootstrap_links.account_id is 'Who becomes operator.';
comment on column bootstrap_links.made_at    is 'When the command printed it.';
comment on column bootstrap_links.expires_at is 'Afterwards it opens nothing.';

-- Apps: who registered them, whether they are switched off, and a second secret while one rotates.
alter table clients
  add column registered_by         text        not null default 'operator' check (registered_by in ('operator', 'self')),
  add column verified_at           timestamptz,
  add column disabled_at           timestamptz,
  add column previous_secret_hash  text,
  add column previous_secret_until timestamptz,
  add constraint clients_rotation check ((previous_secret_hash is null) = (previous_secret_until is null));
comment on column clients.registered_by         is 'operator, or self: it registered itself (RFC 7591).';
comment on column clients.verified_at           is 'When an operator verified an app that registered itself. Wall clock.';
comment on column clients.disabled_at           is 'Since when it is switched off; null: it works. Wall clock.';
comment on column clients.previous_secret_hash  is 'The secret before the newest, while one rotates.';
comment on column clients.previous_secret_until is 'Until when the previous secret works too. Wall clock.';
update clients set registered_by = 'self' where metadata ? 'client_id_issued_at';

create or replace view app_cards as
  select client_id, metadata, metadata ->> 'client_name' as name, metadata ->> 'client_uri' as uri,
         metadata ->> 'logo_uri' as logo_uri, metadata -> 'account_binding_resources' as resources,
         registered_by = 'self' and verified_at is null as unverified,
         disabled_at is not null as disabled
    from clients;

-- Switching an app off ends what it asked for.
create index binding_requests_open_client on binding_requests (client_id, id)
  where state in ('created', 'offered', 'answered', 'proving', 'in_review');
