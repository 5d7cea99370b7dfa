create table owners (
  id             text primary key,
  kind           text not null check (kind in ('person', 'organisation')),
  identity_index bytea not null unique,        -- keyed blind index of the document number; never the number (R1)
  verified_at    timestamptz,
  verified_by    text check (verified_by in ('identity_document', 'legal_entity')),
  created_at     timestamptz not null default bindery_now()
);

create table owner_affiliations (               -- a subsidiary's verified tie to its parent is a fact of its own (R1)
  parent_id     text not null references owners,
  subsidiary_id text not null references owners,
  verified_at   timestamptz not null,
  primary key (parent_id, subsidiary_id),
  check (parent_id <> subsidiary_id)
);

create table accounts (
  id                text primary key,
  login             text not null unique,
  password_hash     text not null,
  display_name      text not null,
  kind              text not null check (kind in ('personal', 'enterprise', 'special_industry')),
  status            text not null default 'normal' check (status in ('normal', 'restricted', 'closed')),
  owner_id          text references owners,     -- null until real-name verified
  qualification     text not null default 'none' check (qualification in ('none', 'in_review', 'verified')),
  administrator_id  text references accounts,   -- dedicated administrator of an enterprise primary (R32)
  roles             text[] not null default '{}',
  created_at        timestamptz not null default bindery_now()
);
create index accounts_owner on accounts (owner_id);

create table known_devices (                     -- R10: devices remembered per owner
  owner_id    text not null references owners,
  device_hash bytea not null,                    -- keyed hash of the browser's random identifier
  label       text not null,                     -- 'Chrome · Android', for people
  first_seen  timestamptz not null default bindery_now(),
  last_seen   timestamptz not null default bindery_now(),
  primary key (owner_id, device_hash)
);
create index known_devices_device on known_devices (device_hash);

create table decisions (                         -- a policy decision, whole: facts, versions, verdicts (R22)
  id           text primary key,
  request_id   text not null,
  pack         text not null,
  pack_version integer not null,
  verdict      text not null check (verdict in ('allow', 'step_up', 'review', 'deny')),
  refusal      text,
  facts        jsonb not null,
  hooks        jsonb not null,
  decided_at   timestamptz not null default bindery_now()
);
create index decisions_request on decisions (request_id);

create table bindings (
  id                  text primary key,
  primary_id          text not null references accounts,
  sub_id              text not null references accounts,
  primary_owner_id    text not null references owners,
  sub_owner_id        text not null references owners,
  pack                text not null,
  pack_version        integer not null,
  kind                text not null check (kind in ('personal', 'enterprise', 'special_industry')),
  state               text not null check (state in ('active', 'suspended', 'history', 'purged')),
  suspended_by        text[] not null default '{}' check (suspended_by <@ array['primary', 'sub', 'operator']),
  version             integer not null default 1,
  same_owner_method   text not null check (same_owner_method in ('identity_document', 'legal_entity', 'affiliate')),
  same_owner_checked_at timestamptz not null,
  since               timestamptz not null default bindery_now(),
  ended_at            timestamptz,
  check (primary_id <> sub_id)
);
-- The belt to the braces of the owner lock: one primary per sub, whatever a bug in the code above may do.
create unique index bindings_one_primary on bindings (sub_id) where state in ('active', 'suspended');
create index bindings_primary on bindings (primary_id) where state in ('active', 'suspended');
create index bindings_owner   on bindings (primary_owner_id) where state in ('active', 'suspended');

create table orders (                             -- brand orders as the platform reports them; open ones keep a sub bound (R25)
  id         text primary key,
  account_id text not null references accounts,
  opened_at  timestamptz not null,
  settled_at timestamptz
);
create index orders_open on orders (account_id) where settled_at is null;

create table live_broadcasts (
  id         text primary key,
  account_id text not null references accounts,
  started_at timestamptz not null,
  ended_at   timestamptz
);
create index live_broadcasts_running on live_broadcasts (account_id) where ended_at is null;

create table binding_requests (
  id                text primary key,
  state             text not null check (state in
                      ('created', 'offered', 'answered', 'in_review', 'approved', 'redeemed', 'refused', 'expired')),
  client_id         text not null,
  way               text not null check (way in ('browser', 'back_channel')),
  role              text not null check (role in ('primary', 'sub')),      -- the starter's side
  pack              text not null,
  details           jsonb not null,              -- the RAR object as validated
  audience          text not null,
  sector            text not null,               -- pairwise subjects of this audience are computed over it
  ui_locales        text,
  login_hint        text,
  interaction_uid   text unique,                 -- 1a
  grant_id          text unique,                 -- 1a: what the starter's code stands for
  handle_hash       bytea unique,                -- what the client redeems
  handle_jkt        text,                        -- DPoP key the handle is bound to
  start_hash        bytea unique,                -- 1b: the reference in start_uri
  code_hash         bytea unique,                -- keyed hash of the DET; null once it is dead
  code_left_hash    bytea,                       -- keyed hashes of its halves: a wrong guess with one right half
  code_right_hash   bytea,                       --   is counted against this request, whoever made it
  link_hash         bytea unique,                -- QR and same-browser link: as strong as the code, dies with it
  code_serial       integer not null default 0,  -- which code is the live one; a sitting opened with an earlier one is over
  wrong_codes       integer not null default 0,
  starter_id        text references accounts,
  starter_browser   bytea,
  starter_device    jsonb,
  other_id          text references accounts,
  other_device      jsonb,
  primary_id        text references accounts,    -- which is which, once both sides are known
  sub_id            text references accounts,
  primary_owner_id  text references owners,
  decision_id       text references decisions,
  binding_id        text references bindings,
  refusal           text,
  refusal_site      text,
  ended_because     text,
  review_due        timestamptz,
  poll_interval     integer not null default 5,
  last_polled_at    timestamptz,
  redeemed_at       timestamptz,
  created_at        timestamptz not null default bindery_now(),
  expires_at        timestamptz not null
);
create index binding_requests_left    on binding_requests (code_left_hash)  where code_hash is not null;
create index binding_requests_right   on binding_requests (code_right_hash) where code_hash is not null;
create index binding_requests_browser on binding_requests (starter_browser) where code_hash is not null;
-- Slots that are spoken for though nothing is bound yet (R2: pending requests are counted).
create index binding_requests_pending       on binding_requests (primary_id)       where state in ('answered', 'in_review');
create index binding_requests_pending_owner on binding_requests (primary_owner_id) where state in ('answered', 'in_review');
create index binding_requests_overdue on binding_requests (expires_at) where state in ('created', 'offered', 'answered');

create table sittings (                           -- one person, one sign-in, one binding request, beside the browser's session
  id          text primary key,
  request_id  text not null references binding_requests on delete cascade,
  side        text not null check (side in ('starter', 'other')),
  browser     bytea not null,                    -- keyed hash of the browser cookie this sitting belongs to
  code_serial integer not null default 0,
  account_id  text references accounts,
  auth_time   timestamptz,
  created_at  timestamptz not null default bindery_now(),
  expires_at  timestamptz not null
);
create index sittings_request on sittings (request_id);
create index sittings_expiry  on sittings (expires_at);

create table status_lists (
  id         integer generated always as identity primary key,
  size       integer not null,
  taken      integer not null default 0,
  version    bigint  not null default 0,          -- raised by every change, so that a reader knows whether to rebuild
  created_at timestamptz not null default now()
);

create table status_entries (                     -- one index per binding and audience, at random in its list
  list_id    integer not null references status_lists,
  idx        integer not null,
  binding_id text not null references bindings,
  audience   text not null,
  status     smallint not null default 0 check (status between 0 and 3),
  primary key (list_id, idx),
  unique (binding_id, audience)
);
create index status_entries_set on status_entries (list_id) where status <> 0;

create table review_cases (
  id            text primary key,
  subject_kind  text not null,                    -- what is reviewed: 'binding_request' today, evidence and appeals later
  subject_id    text not null,
  state         text not null check (state in ('open', 'decided')),
  evidence      jsonb not null,
  excluded_owners text[] not null default '{}',   -- related parties may neither see nor decide (R23)
  due_at        timestamptz not null,
  decided_by    text references accounts,
  decision      text check (decision in ('accept', 'reject')),
  reason        text,
  decided_at    timestamptz,
  opened_at     timestamptz not null default bindery_now()
);
create unique index review_cases_open on review_cases (subject_kind, subject_id) where state = 'open';
create index review_cases_due on review_cases (due_at) where state = 'open';

create table events (                             -- outbox: written in the transaction that caused them (docs/protocol.md#not-there-yet)
  seq        bigint generated always as identity primary key,
  type       text not null,
  stream     text not null,                       -- binding or request id: order holds within it
  data       jsonb not null,
  happened_at timestamptz not null default bindery_now()
);
create index events_stream on events (stream, seq);

create table audit (                              -- who did what to what, from where; never a code, token or document number
  seq        bigint generated always as identity primary key,
  action     text not null,
  subject    text not null,
  actor      text,                                -- account id, client id or 'system'
  detail     jsonb not null default '{}',
  at         timestamptz not null default bindery_now()
);
create index audit_subject on audit (subject, seq);
