-- What visits, attempts and payments show of themselves (R21): keyed hashes throughout, no address, no device name, no
-- bank account. One row an edge and month, not one a visit: ten thousand visits are still a handful of rows, and a
-- look-up costs by the neighbourhood looked at, never by the table. Old months go by dropping their partition.

create table signals (                           -- an account, seen on a device, in a network
  month      date        not null,               -- of the business clock, in UTC; the partition
  account_id text        not null,
  owner_id   text        not null,               -- whose the account was; '' while nobody's
  device     bytea       not null,               -- 16 bytes of the keyed hash of the browser's name
  network    bytea       not null,               -- 16 bytes of the keyed hash of the /24 or /48
  traits     integer[]   not null,               -- how the device looked last, keyed hashes; 0 where it did not say
  visits     integer     not null default 1,
  first_at   timestamptz not null,
  last_at    timestamptz not null,
  primary key (account_id, device, network, month)
) partition by range (month);
create index signals_owner   on signals (owner_id, first_at);   -- not by last_at, which every visit moves
create index signals_device  on signals (device, owner_id);
create index signals_network on signals (network, owner_id);
create table signals_rest partition of signals default;

create table binding_attempts (                  -- one side of an attempt, and what the policy said
  month      date        not null,
  request_id text        not null,
  side       text        not null check (side in ('starter', 'other')),
  account_id text        not null,
  owner_id   text        not null,
  device     bytea       not null,
  network    bytea       not null,
  verdict    text        not null,
  risk       boolean     not null,               -- was it refused as a risk, rather than for a plain fact?
  at         timestamptz not null,
  primary key (request_id, side, month)
) partition by range (month);
create index binding_attempts_owner   on binding_attempts (owner_id, at);
create index binding_attempts_device  on binding_attempts (device, owner_id);
create index binding_attempts_network on binding_attempts (network, owner_id);
create table binding_attempts_rest partition of binding_attempts default;

create table payments (                          -- money between an account and a party, as the platform reports it
  month      date        not null,
  account_id text        not null,
  owner_id   text        not null,
  direction  text        not null check (direction in ('in', 'out')),
  party      bytea       not null,               -- 16 bytes of the keyed hash of the payer's or payee's account
  cents      bigint      not null,
  times      integer     not null default 1,
  first_at   timestamptz not null,
  last_at    timestamptz not null,
  primary key (account_id, direction, party, month)
) partition by range (month);
create index payments_owner on payments (owner_id, direction, first_at);
create index payments_party on payments (party, direction, owner_id);
create table payments_rest partition of payments default;

-- An account's own history (R21c), learned as it goes. The weights of the hours grow with time instead of decaying
-- (forward decay), so that one visit changes one element and a clock that goes back does no harm.
create table account_habits (
  account_id text primary key,
  since      timestamptz not null,
  hours      float8[]    not null,               -- 24 weights, hours of Asia/Shanghai
  hour_at    timestamptz not null,               -- the hour last counted; each counts once, so that nobody teaches by force
  gaps       integer     not null default 0,     -- Welford over the seconds between counted hours
  gap_mean   float8      not null default 0,
  gap_m2     float8      not null default 0
) with (fillfactor = 80);

create function signal_month(at timestamptz) returns date language sql immutable parallel safe
  as $$ select date_trunc('month', at at time zone 'UTC')::date $$;

-- Makes the partitions of this month and the next two, and drops those that are `keep` months old. What came while a
-- month had none (a clock that jumped) is moved out of the rest. Gives up rather than keep anybody waiting for its locks.
create function rotate_signals(keep integer) returns text[] language plpgsql as $$
declare
  whole text;
  part  text;
  first date;
  gone  text[] := '{}';
begin
  set local lock_timeout = '2s';
  perform pg_advisory_xact_lock(hashtext('rotate_signals'));
  foreach whole in array array['signals', 'binding_attempts', 'payments'] loop
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

select rotate_signals(4);
