-- The time that business rules are counted by (15 min, 6 h, 48 h, 90 days). Always the wall clock, except where a demo
-- started with CLOCK=controllable has moved it; a production start refuses a database whose offset is not zero.
create table clock_offset (
  only_row boolean primary key default true check (only_row),
  ahead    interval not null default interval '0'
);
insert into clock_offset default values;

create function bindery_now() returns timestamptz language sql volatile parallel safe
  as 'select clock_timestamp() + ahead from clock_offset';

-- Everything oidc-provider stores, one row an artifact. `consumed_at` and `destroyed_at` are columns, not payload, so that
-- single use is one conditional UPDATE. `id` is a SHA-256 of the value the client holds: a stolen table opens nothing.
create table oidc_artifacts (
  model        text        not null,
  id           text        not null,
  payload      jsonb       not null,
  grant_id     text,
  uid          text,
  user_code    text,
  expires_at   timestamptz,
  consumed_at  timestamptz,
  destroyed_at timestamptz,          -- tombstone: a request still in flight must not bring the session back
  primary key (id, model)
) with (fillfactor = 85);

create unique index oidc_artifacts_uid       on oidc_artifacts (uid)       where uid is not null;
create unique index oidc_artifacts_user_code on oidc_artifacts (user_code) where user_code is not null;
create index        oidc_artifacts_grant     on oidc_artifacts (grant_id)  where grant_id is not null;
create index        oidc_artifacts_expiry    on oidc_artifacts (expires_at);

-- Raised by the one statement that flushes a request's writes, so that all of it rolls back.
create function oidc_conflict(reason text) returns integer language plpgsql as $$
begin
  raise exception using errcode = 'BND01', message = reason;
end $$;

create table clients (
  client_id   text primary key,
  metadata    jsonb not null,         -- RFC 7591 names; the secret is not in it
  secret_hash text,                   -- SHA-256 of a random secret, or argon2id where a person chose it
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now()
);

create table signing_keys (
  kid        text primary key,
  purpose    text        not null check (purpose in ('oidc', 'binding')),
  alg        text        not null,
  private_jwk text       not null,    -- sealed with the installation's secret (JWE dir A256GCM)
  public_jwk jsonb       not null,
  created_at timestamptz not null default now(),
  retired_at timestamptz
);

-- rate-limiter-flexible keeps its counters here.
create table rate_limits (
  key    varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index rate_limits_expire on rate_limits (expire);
