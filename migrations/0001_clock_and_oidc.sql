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

-- Writes what one request gathered, in one statement: all of it or, with BND01, nothing. What decides is conditional: a
-- row is consumed only while nobody consumed it, a proof is new or refused, an ended session stays ended. A function and
-- not one CTE, because each step is then a look-up by key, whatever the planner thought of the table when it was empty.
create function oidc_write(batch jsonb) returns void language plpgsql as $$
declare
  one record;
begin
  for one in select model, key from jsonb_to_recordset(batch -> 'consumed') as c(model text, key text) loop
    update oidc_artifacts set consumed_at = now()
     where id = one.key and model = one.model and consumed_at is null
       and (expires_at > now() or expires_at is null or model = 'PushedAuthorizationRequest');
    if not found then raise exception using errcode = 'BND01', message = 'consumed'; end if;
  end loop;

  for one in select key, payload, ttl from jsonb_to_recordset(batch -> 'proofs') as p(key text, payload jsonb, ttl float8) loop
    insert into oidc_artifacts (model, id, payload, expires_at)
    values ('ReplayDetection', one.key, one.payload, now() + make_interval(secs => one.ttl)) on conflict do nothing;
    if not found then raise exception using errcode = 'BND01', message = 'replayed ' || one.key; end if;
  end loop;

  -- A tombstone keeps the session's uid, which is unique, for longer than any request can be under way.
  for one in select key from jsonb_array_elements_text(batch -> 'ended') as e(key) loop
    update oidc_artifacts set destroyed_at = now(), payload = '{}', expires_at = least(expires_at, now() + interval '1 hour')
     where id = one.key and model = 'Session' and destroyed_at is null;
  end loop;

  -- A session that changes its id keeps its row, so that the old id opens nothing from then on.
  for one in select "from", key, payload, ttl
               from jsonb_to_recordset(batch -> 'moved') as m("from" text, key text, payload jsonb, ttl float8) loop
    update oidc_artifacts set id = one.key, payload = one.payload, expires_at = now() + make_interval(secs => one.ttl)
     where id = one."from" and model = 'Session' and destroyed_at is null;
    if not found then raise exception using errcode = 'BND01', message = 'session_over'; end if;
  end loop;

  for one in select model, key from jsonb_to_recordset(batch -> 'removed') as r(model text, key text) loop
    delete from oidc_artifacts where id = one.key and model = one.model;
  end loop;

  for one in select model, "grantId" from jsonb_to_recordset(batch -> 'revoked') as r(model text, "grantId" text) loop
    delete from oidc_artifacts where grant_id = one."grantId" and model = one.model;
  end loop;

  -- Not by ON CONFLICT, which heeds one unique index: two requests that save one session would now and then meet in the
  -- other (uid). A session that is over has no row to update, and its uid is taken.
  for one in select key, payload, uid, ttl
               from jsonb_to_recordset(batch -> 'saved') as s(model text, key text, payload jsonb, uid text, ttl float8)
              where model = 'Session' loop
    update oidc_artifacts set payload = one.payload, expires_at = now() + make_interval(secs => one.ttl)
     where id = one.key and model = 'Session' and destroyed_at is null;
    if not found then
      insert into oidc_artifacts (model, id, payload, uid, expires_at)
      values ('Session', one.key, one.payload, one.uid, now() + make_interval(secs => one.ttl));
    end if;
  end loop;

  insert into oidc_artifacts (model, id, payload, grant_id, user_code, expires_at)
  select model, key, payload, "grantId", "userCode", now() + make_interval(secs => ttl)
    from jsonb_to_recordset(batch -> 'saved')
      as s(model text, key text, payload jsonb, "grantId" text, "userCode" text, ttl float8)
   where model <> 'Session'
  on conflict (id, model) do update
     set payload = excluded.payload, grant_id = excluded.grant_id, expires_at = excluded.expires_at;
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
