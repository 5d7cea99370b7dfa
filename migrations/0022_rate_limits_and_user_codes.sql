-- Consumes one point of each key, in the order given, and stops after the first that had none left: returns its place
-- from 1 on, or null. Those behind it are not touched, so that a guesser cannot spend somebody's budget with attempts
-- that were refused before. A caller's rows are locked in this order and counted under the lock.
create function consume_rate_limits(keys text[], attempts integer[], seconds integer[]) returns integer
language plpgsql as $$
declare
  at constant bigint := extract(epoch from clock_timestamp()) * 1000;
  consumed integer;
begin
  for place in 1 .. cardinality(keys) loop
    insert into rate_limits as held (key, points, expire) values (keys[place], 1, at + seconds[place] * 1000::bigint)
    on conflict (key) do update
       set points = case when held.expire <= at then 1 else held.points + 1 end,
           expire = case when held.expire <= at then excluded.expire else held.expire end
    returning points into consumed;
    if consumed > attempts[place] then return place; end if;
  end loop;
  return null;
end $$;

-- The device flow is off (src/oidc/features.ts), so no artifact has a user code. oidc_write is as in
-- migrations/0001_clock_and_oidc.sql, without this column.
alter table oidc_artifacts drop column user_code;

create or replace function oidc_write(batch jsonb) returns void language plpgsql as $$
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

  insert into oidc_artifacts (model, id, payload, grant_id, expires_at)
  select model, key, payload, "grantId", now() + make_interval(secs => ttl)
    from jsonb_to_recordset(batch -> 'saved')
      as s(model text, key text, payload jsonb, "grantId" text, ttl float8)
   where model <> 'Session'
  on conflict (id, model) do update
     set payload = excluded.payload, grant_id = excluded.grant_id, expires_at = excluded.expires_at;
end $$;
