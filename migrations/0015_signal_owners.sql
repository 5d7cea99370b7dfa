-- Who was seen at a device or in a network, each owner once a month: what an attempt's neighbourhood is walked by. In
-- `signals` an owner stands once an account and edge, so that its indexes had to be skipped over from owner to owner, two
-- searches a step; here the owners of a node lie side by side. Rows are only ever added, and go with their month.
create table signal_owners (
  month    date  not null,
  node     bytea not null,                       -- keyed hash of a device or of a network
  owner_id text  not null                        -- never ''
) partition by range (month);
create table signal_owners_rest partition of signal_owners default;

do $$
declare
  part text;
  first date;
begin
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
               where i.inhparent = 'signals'::regclass and c.relname ~ '_\d{6}$' loop
    first := to_date(right(part, 6), 'YYYYMM');
    execute format('create table %I partition of signal_owners for values from (%L) to (%L)',
                   'signal_owners_' || right(part, 6), first, (first + interval '1 month')::date);
  end loop;
end $$;
insert into signal_owners (month, node, owner_id)
select month, device,  owner_id from signals where owner_id > '' and length(device)  > 0 union
select month, network, owner_id from signals where owner_id > '' and length(network) > 0;
alter table signal_owners add primary key (node, owner_id, month);   -- month too, so that a look never leaves the index

drop index signals_network;
drop index binding_attempts_device;              -- nobody asked by it
drop index binding_attempts_network;
create index binding_attempts_network on binding_attempts (network, owner_id, month);
create index binding_attempts_risk    on binding_attempts (owner_id, at) where risk;
drop index payments_party;
create index payments_party on payments (party, direction, owner_id, month);

-- As in 0010_signals.sql, of one table more.
create or replace function rotate_signals(keep integer) returns text[] language plpgsql as $$
declare
  whole text;
  part  text;
  first date;
  gone  text[] := '{}';
begin
  set local lock_timeout = '2s';
  perform pg_advisory_xact_lock(hashtext('rotate_signals'));
  foreach whole in array array['signals', 'signal_owners', 'binding_attempts', 'payments'] loop
    for ahead in 0..2 loop
      first := (signal_month(bindery_now()) + make_interval(months => ahead))::date;
      part := whole || '_' || to_char(first, 'YYYYMM');
      continue when to_regclass(part) is not null;
      execute format('create table %I (like %I including all)', part, whole);
      execute format('with moved as (delete from %I where month = %L returning *) insert into %I select * from moved', whole || '_rest', first, part);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)', whole, part, first, (first + interval '1 month')::date);
    end loop;
    for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
                 where i.inhparent = whole::regclass and c.relname ~ '_\d{6}$'
                   and to_date(right(c.relname, 6), 'YYYYMM') < signal_month(bindery_now()) - make_interval(months => keep) loop
      execute format('drop table %I', part);
      gone := gone || part;
    end loop;
    execute format('delete from %I where month < signal_month(bindery_now()) - make_interval(months => $1)', whole || '_rest') using keep;
  end loop;
  return gone;
end $$;
