-- R41: every version of a pack that was in force here, whole and as it was read then. What was begun under one goes on under
-- it, whatever its file says later.
create table pack_versions (
  pack        text not null,
  version     integer not null check (version > 0),
  content     jsonb not null,
  fingerprint bytea not null,                    -- of the file as its author wrote it: of one version there is one
  recorded_at timestamptz not null default bindery_now(),
  primary key (pack, version)
);

-- Until now a pack was whatever its file said, and every one that came along was a version 1.
alter table binding_requests add column pack_version integer not null default 1;
alter table binding_requests alter column pack_version drop default;

-- When a move to another version brought a permission, by name: it was not effective before, however old the binding is.
alter table bindings add column gained jsonb not null default '{}';

create index bindings_pack on bindings (pack, pack_version, id) where state <> 'purged';

create or replace view refusals as                -- as in 0007, and which version it was refused under
  select r.id, r.client_id, r.pack, r.role, r.starter_id, r.primary_id, r.sub_id, r.refusal, r.refused_at,
         r.decision_id, d.verdict, d.hooks, c.valid_until as cleared_until, bindery_now() as now, r.pack_version
    from binding_requests r
    left join decisions d on d.id = r.decision_id
    left join clearances c on c.request_id = r.id and c.used_at is null and c.valid_until > bindery_now()
   where r.state = 'refused';
