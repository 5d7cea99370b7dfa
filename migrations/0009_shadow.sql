-- What hooks in shadow said of a decision (null: none ran), and how long each part of it took, in milliseconds (R22).
alter table decisions
  add column shadow  jsonb,
  add column timings jsonb not null default '{}';
create index decisions_at     on decisions (decided_at);
create index decisions_shadow on decisions (decided_at) where shadow is not null;
