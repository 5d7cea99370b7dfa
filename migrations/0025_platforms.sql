-- An account belongs to a platform (R45): it is (platform, external id), never matched by mail,
-- phone or name. Bindery's own accounts are of the platform `local`, and their id is their name there.
alter table accounts
  add column platform    text not null default 'local' check (platform ~ '^[a-z][a-z0-9-]{0,31}$'),
  add column external_id text check (length(external_id) between 1 and 255),
  add column avatar_url  text check (length(avatar_url) <= 2048),
  alter column password_hash drop not null,
  drop constraint accounts_status_check,
  add constraint accounts_status_check check (status in ('normal', 'restricted', 'frozen', 'closed')),
  add constraint accounts_named_by_platform check (platform = 'local' or external_id is not null),
  drop constraint accounts_login_key,
  add constraint accounts_login unique (platform, login),
  add constraint accounts_external_id unique (platform, external_id);
comment on column accounts.platform      is 'The platform that the account belongs to (R45); local: Bindery itself.';
comment on column accounts.external_id   is 'What the platform calls the account; never changes. Null where Bindery is the platform.';
comment on column accounts.avatar_url    is 'Where the platform shows its picture.';
comment on column accounts.login         is 'Unique in its platform; normalised: NFKC, lower case.';
comment on column accounts.password_hash is 'A PHC string or crypt string; null: there is no password, they sign in at their platform or by passkey.';
comment on column accounts.status        is 'normal, restricted, frozen (nobody signs in, bindings are suspended) or closed.';

-- Limits are counted within one platform, pack and kind (R2).
alter table bindings add column platform text not null default 'local';
comment on column bindings.platform is 'The platform of the primary (R45).';
alter table binding_requests
  add column platform text,
  add column kind     text check (kind in ('personal', 'enterprise', 'special_industry'));
comment on column binding_requests.platform is 'The platform of the primary, once both sides are known (R45).';
comment on column binding_requests.kind     is 'The kind of the primary, once both sides are known (R2).';
update binding_requests r set platform = a.platform, kind = a.kind from accounts a where a.id = r.primary_id;

create or replace view occupied_slots as
  select primary_id, primary_owner_id, null::text as request_id, platform, pack, kind
    from bindings where state in ('active', 'suspended')
  union all
  select primary_id, primary_owner_id, id, platform, pack, kind
    from binding_requests
   where state in ('answered', 'proving', 'in_review')
     and effective_request_state(state, expires_at, bindery_now()) in ('answered', 'proving', 'in_review');

-- A change of an account: what SCIM calls its version (RFC 7644 §3.14), and whose sessions still count.
alter table accounts
  add column version       integer     not null default 1,
  add column updated_at    timestamptz not null default bindery_now(),
  add column signed_out_at timestamptz;
comment on column accounts.version       is 'Raised by each change of its profile, kind or status.';
comment on column accounts.updated_at    is 'When version was raised.';
comment on column accounts.signed_out_at is 'Sessions and tokens that began up to then are over; by the wall clock, as auth_time is.';

-- A platform may hold and end bindings, as evidence may.
alter table bindings
  drop constraint bindings_suspended_by_check,
  add constraint bindings_suspended_by_check
      check (suspended_by <@ array['primary', 'sub', 'operator', 'evidence', 'platform']);

create or replace view account_cards as
  select id, login, display_name, kind, status, owner_id, qualification, qualified_until,
         administrator_id, roles, platform, external_id, avatar_url,
         password_hash is not null as has_password, signed_out_at
    from accounts;
