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
