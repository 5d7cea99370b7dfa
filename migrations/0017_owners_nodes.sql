-- `signal_owners` is walked both ways: from a node to its owners, and from an owner to its nodes. What is read of owners
-- near an attempt was read of `signals` before, whose rows every visit changes, so that each had to be looked up in the
-- table; these are only ever added, and an index alone answers.
alter table signal_owners add column kind     text;          -- 'device' or 'network'
alter table signal_owners add column first_at timestamptz;   -- in that month

update signal_owners o
   set kind = s.kind, first_at = s.first_at
  from (select month, owner_id, 'device' as kind, device as node, min(first_at) as first_at from signals group by month, owner_id, device
        union all
        select month, owner_id, 'network', network, min(first_at) from signals group by month, owner_id, network) s
 where (o.month, o.node, o.owner_id) = (s.month, s.node, s.owner_id);

-- Seen by an account that has gone to another owner since: nobody knows any more on which day.
update signal_owners o
   set kind = case when exists (select from signals s where s.device = o.node) then 'device' else 'network' end, first_at = o.month
 where kind is null;

alter table signal_owners alter column kind set not null, alter column first_at set not null,
  add check (kind in ('device', 'network'));
create index signal_owners_owner on signal_owners (owner_id, first_at, month, kind, node);   -- month and on, so that a look never leaves the index
