-- 1. Time that indexes can use (docs/decisions/0010-two-clocks.md).

-- PostgreSQL uses no index for a condition on a volatile function: it may answer differently for
-- each row. Stable says that one answer is good for one scan. The body still reads the clock at
-- each call. So a row that changed while a statement waited for its lock is checked again by the
-- time after the wait. Only a moved `clock_offset` is seen late.
create or replace function bindery_now() returns timestamptz language sql stable parallel safe
  as 'select clock_timestamp() + ahead from clock_offset';

-- For statements that wait for a row lock and then report or judge by the time. Volatile: it sees a
-- clock that was moved during the wait. No index serves a condition on it, so such statements find
-- their rows by key.
create function bindery_clock() returns timestamptz language sql volatile parallel safe
  as 'select clock_timestamp() + ahead from clock_offset';

-- Selected together with locks, and never a condition.
create or replace function qualification_now(held text, until timestamptz) returns text
  language sql volatile parallel safe
  return case when until is null then held when until > bindery_clock() then held else 'none' end;

-- 2. Indexes for statements that had none (test/store/plans.test.ts finds them).
-- `bindings_primary` was of live bindings alone; owners see those of the past too.
drop index bindings_primary;
create index bindings_primary on bindings (primary_id) where state <> 'purged';
create index bindings_sub     on bindings (sub_id)     where state <> 'purged';
create index clients_resources on clients
  using gin ((metadata -> 'account_binding_resources') jsonb_path_ops);
create index account_consents_account on account_consents (account_id);
create index evidence_documents_owner on evidence_documents (owner_id);
create index step_up_checks_account   on step_up_checks (account_id);
create index owner_affiliations_subsidiary on owner_affiliations (subsidiary_id);
create index review_cases_late on review_cases (due_at, id)
  where state = 'open' and escalated_at is not null;
create index review_opinions_by on review_opinions (by);

-- 3. Decisions, audit rows and events are kept for a stated time: partitions by month of the
-- business clock in UTC, as signals have (docs/decisions/0026-life-of-records.md). `…_rest` takes
-- rows that have no partition, and rows that outlive their month.

-- The key of a partitioned table contains its partition column, so nothing can reference
-- `decisions (id)` any more.
alter table binding_requests drop constraint binding_requests_decision_id_fkey;
drop view refusals;
drop view board_refusals;

alter table decisions rename to decisions_before;
alter table decisions_before
  rename constraint decisions_overturned_by_somebody to decisions_before_overturned;
alter table decisions_before rename constraint decisions_pkey to decisions_before_pkey;
alter index decisions_request rename to decisions_before_request;
alter index decisions_at rename to decisions_before_at;
alter index decisions_shadow rename to decisions_before_shadow;
alter index decisions_step_up rename to decisions_before_step_up;
create table decisions (
  id            text        not null,
  request_id    text        not null,
  pack          text        not null,
  pack_version  integer     not null,
  verdict       text        not null check (verdict in ('allow', 'step_up', 'review', 'deny')),
  refusal       text,
  facts         jsonb       not null,
  hooks         jsonb       not null,
  decided_at    timestamptz not null default bindery_now(),
  overturned_by text        references review_cases,
  overturned_at timestamptz,
  shadow        jsonb,
  timings       jsonb       not null default '{}',
  primary key (id, decided_at),
  constraint decisions_overturned_by_somebody
    check ((overturned_by is null) = (overturned_at is null))
) partition by range (decided_at);
create index decisions_request on decisions (request_id);
create index decisions_at      on decisions (decided_at);
create index decisions_shadow  on decisions (decided_at) where shadow is not null;
create index decisions_step_up on decisions (decided_at) where verdict = 'step_up';
create table decisions_rest partition of decisions default;

alter table audit_log rename to audit_log_before;
alter table audit_log_before rename constraint audit_log_pkey to audit_log_before_pkey;
alter index audit_log_subject rename to audit_log_before_subject;
create sequence audit_log_numbers;
create table audit_log (
  seq     bigint      not null default nextval('audit_log_numbers'),
  action  text        not null,
  subject text        not null,
  actor   text,
  detail  jsonb       not null default '{}',
  at      timestamptz not null default bindery_now(),
  primary key (seq, at)
) partition by range (at);
alter sequence audit_log_numbers owned by audit_log.seq;
create index audit_log_subject on audit_log (subject, seq);
create table audit_log_rest partition of audit_log default;

alter table events rename to events_before;
alter table events_before rename constraint events_pkey to events_before_pkey;
alter index events_stream rename to events_before_stream;
create sequence events_numbers;
create table events (
  seq         bigint      not null default nextval('events_numbers'),
  type        text        not null,
  stream      text        not null,
  data        jsonb       not null,
  happened_at timestamptz not null default bindery_now(),
  primary key (seq, happened_at)
) partition by range (happened_at);
alter sequence events_numbers owned by events.seq;
create index events_stream on events (stream, seq);
create table events_rest partition of events default;

-- Ids of what is alive, by which records outlive their month: a binding that is not over and the
-- request that led to it, a request that is not over, evidence that counts or may count, an open
-- case and its subject, a step-up that the board has not counted.
create view living_subjects as
  select id from bindings where state in ('active', 'suspended')
  union all
  select r.id from binding_requests r join bindings b on b.id = r.binding_id
   where b.state in ('active', 'suspended')
  union all
  select id from binding_requests
   where state in ('created', 'offered', 'answered', 'proving', 'in_review', 'approved')
  union all
  select id from evidence where state in ('uploaded', 'checking', 'accepted')
  union all
  select id from review_cases where state = 'open'
  union all
  select subject_id from review_cases where state = 'open'
  union all
  select request_id from board_stepped_up;

-- Makes the partition of a month, and moves into it what came while there was none.
create function add_record_month(whole text, at_column text, first date) returns void
language plpgsql as $$
declare
  part  text := whole || '_' || to_char(first, 'YYYYMM');
  since timestamptz := first::timestamp at time zone 'UTC';
  until timestamptz := (first + interval '1 month')::timestamp at time zone 'UTC';
begin
  execute format('create table %I (like %I including all)', part, whole);
  execute format('with moved as (delete from %1$I where %2$I >= %3$L and %2$I < %4$L returning *)
                  insert into %5$I select * from moved',
                 whole || '_rest', at_column, since, until, part);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)',
                 whole, part, since, until);
end $$;

-- Makes the partitions of this month and the next two, and drops those that are older than `keep`
-- months. Rows that something alive rests on are moved to the rest first. Decisions wait until the
-- board has counted them. The copying, which takes long, comes before the first lock that keeps
-- writers waiting; such a lock is given up after two seconds, and the next call tries again.
create function rotate_records(whole text, keep integer) returns text[] language plpgsql as $$
declare
  at_column    text := case whole when 'decisions' then 'decided_at'
                                  when 'audit_log' then 'at'
                                  when 'events'    then 'happened_at' end;
  about_column text := case whole when 'decisions' then 'request_id'
                                  when 'audit_log' then 'subject' end;
  edge  date := (signal_month(bindery_now()) - make_interval(months => keep))::date;
  rest  text := whole || '_rest';
  made  boolean := false;
  part  text;
  first date;
  gone  text[];
begin
  set local lock_timeout = '2s';
  perform pg_advisory_xact_lock(hashtext('rotate_records'));
  if whole = 'decisions' then
    edge := least(edge, (select signal_month(greatest(until, '1970-01-01')) from board_counted));
  end if;
  gone := array(select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
                 where i.inhparent = whole::regclass and c.relname ~ '_\d{6}$'
                   and to_date(right(c.relname, 6), 'YYYYMM') < edge
                 order by 1);
  if cardinality(gone) > 0 then
    execute format('create temp table outliving (like %I) on commit drop', whole);
    foreach part in array gone loop
      execute format('lock table %I in share row exclusive mode', part);
      continue when about_column is null;
      execute format('insert into outliving
                      select * from %I where %I in (select id from living_subjects)',
                     part, about_column);
    end loop;
    foreach part in array gone loop
      execute format('alter table %I detach partition %I', whole, part);
      execute format('drop table %I', part);
    end loop;
    execute format('insert into %I select * from outliving', rest);
    drop table outliving;
  end if;
  for ahead in 0..2 loop
    first := (signal_month(bindery_now()) + make_interval(months => ahead))::date;
    continue when to_regclass(whole || '_' || to_char(first, 'YYYYMM')) is not null;
    perform add_record_month(whole, at_column, first);
    made := true;
  end loop;
  if made or cardinality(gone) > 0 then            -- once a month: the rest can be large
    execute format('delete from %I where %I < %L', rest, at_column,
                   edge::timestamp at time zone 'UTC')
      || case when about_column is null then ''
              else format(' and not exists (select from living_subjects l where l.id = %I)',
                          about_column) end;
  end if;
  return gone;
end $$;

-- What is there already goes to the partitions of its months.
do $$
declare
  spec  record;
  first date;
begin
  for spec in select * from (values ('decisions', 'decided_at'), ('audit_log', 'at'),
                                    ('events', 'happened_at')) s (whole, at_column) loop
    for first in execute format('select distinct signal_month(%I) from %I',
                                spec.at_column, spec.whole || '_before') loop
      perform add_record_month(spec.whole, spec.at_column, first);
    end loop;
  end loop;
end $$;
insert into decisions (id, request_id, pack, pack_version, verdict, refusal, facts, hooks,
                       decided_at, overturned_by, overturned_at, shadow, timings)
select id, request_id, pack, pack_version, verdict, refusal, facts, hooks, decided_at,
       overturned_by, overturned_at, shadow, timings from decisions_before;
insert into audit_log (seq, action, subject, actor, detail, at)
select seq, action, subject, actor, detail, at from audit_log_before;
insert into events (seq, type, stream, data, happened_at)
select seq, type, stream, data, happened_at from events_before;
select setval('audit_log_numbers', max(seq)) from audit_log having count(*) > 0;
select setval('events_numbers', max(seq)) from events having count(*) > 0;
drop table decisions_before;
drop table audit_log_before;
drop table events_before;
select rotate_records(whole, 1200) from unnest(array['decisions', 'audit_log', 'events']) whole;

-- As in 0016 and 0020. Where the decision was dropped, verdict and hooks are null.
create view refusals as
  select r.id, r.client_id, r.pack, r.role, r.initiator_id, r.primary_id, r.sub_id, r.refusal,
         r.refused_at, r.decision_id, d.verdict, d.hooks, c.valid_until as cleared_until,
         bindery_now() as now, r.pack_version, r.refused_by_hook
    from binding_requests r
    left join decisions d on d.id = r.decision_id
    left join clearances c
      on c.request_id = r.id and c.used_at is null and c.valid_until > bindery_now()
   where r.state = 'refused';

create view board_refusals as                     -- as in 0013
  select r.id, r.pack, r.refused_at, board_day(r.refused_at) as day, r.refusal, d.hooks, d.verdict,
         d.overturned_by, telling_hook(d.hooks, d.verdict) as hook,
         case when d.verdict <> 'deny' and exists (
                select 1 from review_cases c
                 where c.subject_kind = 'binding_request' and c.subject_id = r.id
                   and c.appeal_text is null and c.state = 'decided' and c.decision = 'reject')
              then 'person' else 'machine' end as said
    from binding_requests r
    join decisions d on d.id = r.decision_id
   where r.state = 'refused' and r.refusal <> 'refused_by_owner';

-- 4. What tables and columns hold, for whoever reads the database without the code
-- (test/store/schema.test.ts).
comment on table clock_offset
  is 'How far the business clock runs ahead of the wall clock. One row.';
comment on column clock_offset.only_row is 'Always true: the key that allows one row.';
comment on column clock_offset.ahead    is 'Zero, except in a demo that moved its clock.';
comment on table oidc_artifacts
  is 'What oidc-provider stores: codes, tokens, grants, sessions, interactions, pushed requests.';
comment on column oidc_artifacts.model        is 'The kind of artifact, as oidc-provider names it.';
comment on column oidc_artifacts.id
  is 'SHA-256 of the value that the client or browser holds.';
comment on column oidc_artifacts.payload      is 'The artifact as oidc-provider wrote it.';
comment on column oidc_artifacts.grant_id
  is 'The grant that it belongs to, by which it is revoked.';
comment on column oidc_artifacts.uid          is 'Second key of sessions and interactions.';
comment on column oidc_artifacts.user_code    is 'Code of the device flow, which is not in use.';
comment on column oidc_artifacts.expires_at   is 'Wall clock. Null: it does not expire.';
comment on column oidc_artifacts.consumed_at  is 'When a single-use artifact was used.';
comment on column oidc_artifacts.destroyed_at
  is 'When a session ended. The row stays for a while, so that a late request cannot revive it.';
comment on table clients is 'Registered OAuth clients.';
comment on column clients.client_id   is 'Public identifier.';
comment on column clients.metadata    is 'Client metadata by RFC 7591 names, without the secret.';
comment on column clients.secret_hash
  is 'SHA-256 of a random secret, or argon2id where a person chose it. Null: a public client.';
comment on column clients.created_at  is 'Wall clock.';
comment on column clients.updated_at  is 'Wall clock.';
comment on table signing_keys is 'Keys that sign ID tokens and binding tokens.';
comment on column signing_keys.kid         is 'Key id, as it stands in the JOSE header.';
comment on column signing_keys.purpose     is 'What it signs: oidc or binding.';
comment on column signing_keys.alg         is 'JWS algorithm.';
comment on column signing_keys.private_jwk
  is 'Private key, sealed with the secret of the installation.';
comment on column signing_keys.public_jwk  is 'Public key, as the JWKS publishes it.';
comment on column signing_keys.created_at  is 'Wall clock.';
comment on column signing_keys.retired_at  is 'When it stopped signing. Null: it signs.';
comment on table rate_limits is 'Counters of attempts.';
comment on column rate_limits.key    is 'Name of the limit and a hash of whose attempts they are.';
comment on column rate_limits.points is 'Attempts in the current window.';
comment on column rate_limits.expire
  is 'End of the window, in milliseconds since 1970 of the wall clock.';
comment on table owners is 'Real persons and organisations behind accounts (R1).';
comment on column owners.id             is 'Stays when the owner is deleted.';
comment on column owners.kind           is 'person or organisation.';
comment on column owners.identity_index
  is 'Keyed hash of the document number. Null once the owner is deleted.';
comment on column owners.verified_at    is 'When the identity was verified. Null: it is not.';
comment on column owners.verified_by
  is 'Evidence that it was verified by: identity_document or legal_entity.';
comment on column owners.created_at     is 'Business clock.';
comment on column owners.deleted_at     is 'When all that tells who it was was erased.';
comment on table owner_affiliations
  is 'Verified ties between a parent organisation and its subsidiary (R1).';
comment on column owner_affiliations.parent_id         is 'The parent.';
comment on column owner_affiliations.subsidiary_id     is 'The subsidiary.';
comment on column owner_affiliations.verified_at       is 'When the tie was verified.';
comment on column owner_affiliations.evidence          is 'What it was verified on.';
comment on column owner_affiliations.withdrawn_at      is 'When it was withdrawn. Null: it counts.';
comment on column owner_affiliations.withdrawn_because is 'Why it was withdrawn.';
comment on table owner_keys
  is 'The data key of each owner. Without the row, nothing sealed with it can be read.';
comment on column owner_keys.owner_id    is 'Whose key.';
comment on column owner_keys.kek_id      is 'Key-encryption key that wraps it.';
comment on column owner_keys.wrapped_key is 'The data key, wrapped.';
comment on column owner_keys.version     is 'Raised by each re-wrap.';
comment on column owner_keys.wrapped_at  is 'Business clock.';
comment on table owner_fields is 'What is known of an owner, sealed field by field.';
comment on column owner_fields.owner_id   is 'Whose field.';
comment on column owner_fields.name       is 'Name of the field.';
comment on column owner_fields.ciphertext
  is 'AES-256-GCM under the owner''s data key, bound to table, owner and name.';
comment on column owner_fields.stored_at  is 'Business clock.';
comment on table owner_relatives
  is 'Relations between owners, as staff recorded them: they never review each other (R23).';
comment on column owner_relatives.owner_id    is 'The smaller id of the two.';
comment on column owner_relatives.relative_id is 'The larger id of the two.';
comment on column owner_relatives.relation
  is 'spouse, parent_child, sibling, in_law, business or other.';
comment on column owner_relatives.recorded_by is 'Who recorded it.';
comment on column owner_relatives.recorded_at is 'Business clock.';
comment on table known_devices is 'Devices that are remembered for an owner (R10).';
comment on column known_devices.owner_id    is 'Whose device.';
comment on column known_devices.device_hash
  is 'Keyed hash of the random identifier of the browser.';
comment on column known_devices.label       is 'Browser and system, for people to read.';
comment on column known_devices.first_seen  is 'Business clock.';
comment on column known_devices.last_seen   is 'Business clock.';
comment on table accounts is 'Accounts of the platform.';
comment on column accounts.id
  is 'Internal identifier; relying parties see a pairwise one.';
comment on column accounts.login            is 'What its user types to sign in.';
comment on column accounts.password_hash    is 'argon2id, in PHC format.';
comment on column accounts.display_name     is 'Name that others see.';
comment on column accounts.kind             is 'personal, enterprise or special_industry.';
comment on column accounts.status           is 'normal, restricted or closed.';
comment on column accounts.owner_id         is 'Verified owner. Null: not verified.';
comment on column accounts.qualification    is 'none, in_review or verified, as evidence left it.';
comment on column accounts.administrator_id
  is 'Dedicated administrator of an enterprise account (R32).';
comment on column accounts.roles
  is 'Roles of staff: reviewer, operator and others. Empty for everybody else.';
comment on column accounts.created_at       is 'Business clock.';
comment on column accounts.qualified_until
  is 'When the first piece of evidence that the qualification rests on expires (R5).';
comment on table second_factors is 'Passkeys and authenticator apps of accounts.';
comment on column second_factors.id            is 'Identifier.';
comment on column second_factors.account_id    is 'Whose factor.';
comment on column second_factors.kind          is 'passkey or totp.';
comment on column second_factors.name          is 'As its owner calls it.';
comment on column second_factors.enrolled_at   is 'Business clock.';
comment on column second_factors.last_used_at  is 'Business clock.';
comment on column second_factors.credential_id is 'Of a passkey: its id (WebAuthn).';
comment on column second_factors.public_key    is 'Of a passkey: COSE key.';
comment on column second_factors.counter
  is 'Of a passkey: signatures so far; 0 where the authenticator counts none.';
comment on column second_factors.transports    is 'Of a passkey: how it is reached.';
comment on column second_factors.secret        is 'Of an app: sealed secret.';
comment on column second_factors.last_step
  is 'Of an app: time step of the last accepted code (RFC 6238 §5.2).';
comment on table passkey_challenges is 'Challenges that wait for a passkey of a known account.';
comment on column passkey_challenges.account_id is 'Whose passkey.';
comment on column passkey_challenges.purpose    is 'What the answer will allow.';
comment on column passkey_challenges.challenge  is 'Keyed hash.';
comment on column passkey_challenges.expires_at is 'Business clock.';
comment on table sign_in_challenges
  is 'Challenges that wait for a passkey before anybody has said who they are.';
comment on column sign_in_challenges.challenge  is 'Keyed hash.';
comment on column sign_in_challenges.browser
  is 'Keyed hash of the cookie of the browser that asked.';
comment on column sign_in_challenges.expires_at is 'Business clock.';
comment on table totp_enrolments
  is 'Authenticator apps that are shown as a QR code and not yet confirmed.';
comment on column totp_enrolments.account_id is 'Whose app.';
comment on column totp_enrolments.factor_id  is 'Id that the factor will have.';
comment on column totp_enrolments.token
  is 'Keyed hash of the token of the page that shows the secret.';
comment on column totp_enrolments.secret     is 'Sealed secret.';
comment on column totp_enrolments.expires_at is 'Business clock.';
comment on table evidence is 'Pieces of evidence that accounts submit (R3).';
comment on column evidence.id           is 'Identifier.';
comment on column evidence.account_id   is 'Whose account it qualifies.';
comment on column evidence.owner_id     is 'Whom the account says it belongs to.';
comment on column evidence.type         is 'Kind of document or check.';
comment on column evidence.state
  is 'uploaded, checking, accepted, rejected, expired or withdrawn.';
comment on column evidence.examiner     is 'provider or person.';
comment on column evidence.reason       is 'Why it was rejected.';
comment on column evidence.valid_until  is 'Expiry of the document. Null: it does not expire.';
comment on column evidence.due_at       is 'Until when people decide (R4).';
comment on column evidence.changed_at   is 'Last change of state.';
comment on column evidence.submitted_at is 'Business clock.';
comment on column evidence.attempts     is 'How often it was submitted to the provider.';
comment on column evidence.next_try_at  is 'When it is submitted (again). Null: nothing to submit.';
comment on column evidence.accepted_at  is 'When it was accepted first.';
comment on table micro_deposits
  is 'Bank deposits whose amount the account holder types. The amount is derived, not stored.';
comment on column micro_deposits.evidence_id is 'The piece of evidence.';
comment on column micro_deposits.state       is 'ordered, sent, confirmed or failed.';
comment on column micro_deposits.wrong       is 'Wrong amounts so far.';
comment on column micro_deposits.until       is 'Until when the amount can be typed.';
comment on column micro_deposits.because     is 'Why it failed.';
comment on column micro_deposits.changed_at  is 'Business clock.';
comment on table in_person_signings is 'Signings before two witnesses.';
comment on column in_person_signings.evidence_id    is 'The piece of evidence.';
comment on column in_person_signings.state
  is 'requested, appointed, attested, signed, missed or cancelled.';
comment on column in_person_signings.appointed_at   is 'Date of the appointment.';
comment on column in_person_signings.place          is 'Where it takes place.';
comment on column in_person_signings.first_witness  is 'Account of the first witness.';
comment on column in_person_signings.second_witness
  is 'Account of the second, who is another person.';
comment on column in_person_signings.changed_at     is 'Business clock.';
comment on table evidence_documents
  is 'Uploaded files. They lie in the document storage, sealed with the data key of the owner.';
comment on column evidence_documents.id            is 'Also the random name in the storage.';
comment on column evidence_documents.evidence_id   is 'The piece of evidence that it shows.';
comment on column evidence_documents.owner_id      is 'Whose data key seals it.';
comment on column evidence_documents.media_type    is 'As the content says, not the upload.';
comment on column evidence_documents.size          is 'Bytes before sealing.';
comment on column evidence_documents.stored_at     is 'Business clock.';
comment on column evidence_documents.correction_id is 'The correction that it supports.';
comment on column evidence_documents.remove_at
  is 'When it is deleted from the storage. Null: it is needed.';
comment on column evidence_documents.check_id
  is 'The step-up check that it is the picture of.';
comment on table orphaned_uploads
  is 'Files in the storage that no row refers to yet. What a crash leaves there is found by them.';
comment on column orphaned_uploads.id     is 'Name in the storage.';
comment on column orphaned_uploads.put_at is 'Wall clock.';
comment on table owner_notices
  is 'What became of evidence and bindings, for the account to read (R5).';
comment on column owner_notices.seq         is 'Order.';
comment on column owner_notices.account_id  is 'Who reads it.';
comment on column owner_notices.what        is 'What happened, such as evidence.rejected.';
comment on column owner_notices.reason      is 'Why.';
comment on column owner_notices.evidence_id is 'The evidence it is about.';
comment on column owner_notices.binding_id  is 'The binding it is about.';
comment on column owner_notices.at          is 'Business clock.';
comment on column owner_notices.read_at     is 'When it was read. Null: it is new.';
comment on column owner_notices.request_id  is 'The refused request it is about.';
comment on table callback_nonces
  is 'Nonces of signed callbacks of the verification provider: each counts once.';
comment on column callback_nonces.nonce       is 'As it was sent.';
comment on column callback_nonces.received_at is 'Wall clock.';
comment on table account_claims is 'Whom an account says it belongs to, until evidence proves it.';
comment on column account_claims.account_id is 'Who says so.';
comment on column account_claims.owner_id   is 'The owner that is claimed.';
comment on column account_claims.claimed_at is 'Business clock.';
comment on column account_claims.proven_at  is 'When evidence proved it. Null: not yet.';
comment on table account_claim_fields
  is 'What an account says of its owner, sealed with the data key of that owner.';
comment on column account_claim_fields.account_id is 'Who says so.';
comment on column account_claim_fields.name       is 'Name of the field.';
comment on column account_claim_fields.ciphertext is 'Bound to this table, account and name.';
comment on column account_claim_fields.for_owner
  is 'The same, bound to owner_fields: once proven, it moves there unopened.';
comment on column account_claim_fields.digest
  is 'Keyed hash, by which a change is seen without opening it.';
comment on table account_consents
  is 'Which account agreed to which text, and until when (PIPL art. 14, 29).';
comment on column account_consents.seq           is 'Order.';
comment on column account_consents.account_id    is 'Who agreed.';
comment on column account_consents.consent       is 'Which consent.';
comment on column account_consents.version       is 'Version of the text.';
comment on column account_consents.language      is 'Language of the text that was shown.';
comment on column account_consents.text_hash     is 'SHA-256 of that text.';
comment on column account_consents.given_at      is 'Business clock.';
comment on column account_consents.ended_at      is 'When it ended. Null: it holds.';
comment on column account_consents.ended_because is 'withdrawn or replaced.';
comment on table corrections
  is 'What owners want corrected, until a person has decided (PIPL art. 46).';
comment on column corrections.id           is 'Identifier.';
comment on column corrections.account_id   is 'Who asks.';
comment on column corrections.owner_id     is 'Whose field.';
comment on column corrections.field        is 'Which field.';
comment on column corrections.state        is 'open, accepted, rejected or withdrawn.';
comment on column corrections.value        is 'Sealed new value. Null once decided.';
comment on column corrections.for_owner    is 'The same, bound to owner_fields.';
comment on column corrections.due_at       is 'Until when people decide.';
comment on column corrections.requested_at is 'Business clock.';
comment on column corrections.changed_at   is 'Business clock.';
comment on table orders
  is 'Orders of brands, as the platform reports them. An open one keeps a sub bound (R25).';
comment on column orders.id         is 'As the platform names it.';
comment on column orders.account_id is 'Whose order.';
comment on column orders.opened_at  is 'When it was opened.';
comment on column orders.settled_at is 'When it was settled. Null: it is open.';
comment on table live_broadcasts
  is 'Live broadcasts, as the platform reports them. A running one keeps a sub bound (R25).';
comment on column live_broadcasts.id         is 'As the platform names it.';
comment on column live_broadcasts.account_id is 'Who broadcasts.';
comment on column live_broadcasts.started_at is 'When it started.';
comment on column live_broadcasts.ended_at   is 'When it ended. Null: it runs.';
comment on table bindings
  is 'Bindings of a sub-account to a primary account. src/binding/binding.ts explains the states.';
comment on column bindings.id                    is 'Identifier.';
comment on column bindings.primary_id            is 'The primary account.';
comment on column bindings.sub_id                is 'The sub-account.';
comment on column bindings.primary_owner_id
  is 'Owner of the primary account when it was bound.';
comment on column bindings.sub_owner_id          is 'Owner of the sub-account when it was bound.';
comment on column bindings.pack                  is 'Policy pack.';
comment on column bindings.pack_version          is 'Version of the pack that it goes by.';
comment on column bindings.kind                  is 'Kind of the primary account.';
comment on column bindings.state                 is 'active, suspended, history or purged.';
comment on column bindings.suspended_by
  is 'Who holds it suspended; each lifts its own hold (R28).';
comment on column bindings.version
  is 'Counts its changes, so that a newer token can be told from an older.';
comment on column bindings.same_owner_method
  is 'How it was known that one owner is behind both.';
comment on column bindings.same_owner_checked_at is 'When that was checked.';
comment on column bindings.since                 is 'When it was bound.';
comment on column bindings.ended_at              is 'When it ended. Null: it is alive.';
comment on column bindings.reached
  is 'When each grade was reached (R40). Null: the pack has no grades.';
comment on column bindings.gained
  is 'When a move to another version of the pack brought a permission, by name.';
comment on table status_lists is 'Token status lists, which relying parties fetch.';
comment on column status_lists.id         is 'Number in the URL.';
comment on column status_lists.size       is 'Entries that it has room for.';
comment on column status_lists.taken      is 'Entries in use.';
comment on column status_lists.version    is 'Raised by each change.';
comment on column status_lists.created_at is 'Wall clock.';
comment on table status_entries
  is 'The place of a binding in a status list, one for each audience.';
comment on column status_entries.list_id    is 'The list.';
comment on column status_entries.idx        is 'Random place in it.';
comment on column status_entries.binding_id is 'The binding.';
comment on column status_entries.audience   is 'Who was given it.';
comment on column status_entries.status     is '0 valid, 1 ended, 2 suspended, 3 history.';
comment on table binding_requests
  is 'Requests of apps to bind two accounts, from asking to redemption.';
comment on column binding_requests.id                  is 'Identifier.';
comment on column binding_requests.state
  is 'One of the states that src/binding/binding-request.ts explains.';
comment on column binding_requests.client_id           is 'The app.';
comment on column binding_requests.channel
  is 'browser or back_channel: how the app asked (docs/protocol.md).';
comment on column binding_requests.role                is 'Side of the initiator: primary or sub.';
comment on column binding_requests.pack                is 'Policy pack.';
comment on column binding_requests.details
  is 'The authorization details, as validated (RFC 9396).';
comment on column binding_requests.audience            is 'Audience of the binding token.';
comment on column binding_requests.sector
  is 'Pairwise subjects of the audience are computed over it.';
comment on column binding_requests.ui_locales          is 'Languages that the app asked for.';
comment on column binding_requests.login_hint          is 'Login that the app expects.';
comment on column binding_requests.interaction_uid
  is 'In a browser: the interaction of oidc-provider.';
comment on column binding_requests.grant_id
  is 'In a browser: the grant that the code stands for.';
comment on column binding_requests.handle_hash
  is 'Hash of the handle that the app redeems.';
comment on column binding_requests.handle_jkt
  is 'Thumbprint of the DPoP key that the handle is bound to.';
comment on column binding_requests.start_hash
  is 'Back channel: hash of the reference in the start URI.';
comment on column binding_requests.code_hash
  is 'Keyed hash of the live code. Null: no code is live.';
comment on column binding_requests.code_left_hash
  is 'Keyed hash of its left half: a guess that is half right is counted here.';
comment on column binding_requests.code_right_hash     is 'Keyed hash of its right half.';
comment on column binding_requests.link_hash
  is 'Keyed hash of the link that is worth as much as the code.';
comment on column binding_requests.code_serial
  is 'Number of the live code. An approval session that was opened with another is over.';
comment on column binding_requests.wrong_codes         is 'Wrong codes so far.';
comment on column binding_requests.initiator_id        is 'Account that started.';
comment on column binding_requests.initiator_browser   is 'Keyed hash of its browser.';
comment on column binding_requests.initiator_device    is 'What was seen of its device.';
comment on column binding_requests.counterparty_id     is 'Account that answers.';
comment on column binding_requests.counterparty_device is 'What was seen of its device.';
comment on column binding_requests.primary_id
  is 'The primary account, once both sides are known.';
comment on column binding_requests.sub_id
  is 'The sub-account, once both sides are known.';
comment on column binding_requests.primary_owner_id    is 'Owner of the primary account.';
comment on column binding_requests.decision_id
  is 'The policy decision it rests on. No reference: a decision may be dropped before its request.';
comment on column binding_requests.binding_id          is 'The binding that came of it.';
comment on column binding_requests.refusal             is 'Public code of the refusal.';
comment on column binding_requests.refused_by_hook
  is 'The hook that refused. Null: a person or an owner did.';
comment on column binding_requests.ended_because       is 'Why it expired.';
comment on column binding_requests.review_due          is 'Until when people decide.';
comment on column binding_requests.poll_interval
  is 'Seconds that the app must wait between two polls.';
comment on column binding_requests.last_polled_at      is 'When the app asked last.';
comment on column binding_requests.redeemed_at         is 'When the app redeemed it.';
comment on column binding_requests.created_at          is 'Business clock.';
comment on column binding_requests.expires_at          is 'When it ends if nothing happens.';
comment on column binding_requests.refused_at          is 'When it was refused.';
comment on column binding_requests.pack_version        is 'Version of the pack that it goes by.';
comment on column binding_requests.asked
  is 'Which side is to prove what, while in state proving.';
comment on column binding_requests.asked_until         is 'Until when.';
comment on column binding_requests.proofs
  is 'What was proved, for this request alone.';
comment on table approval_sessions
  is 'One person in one browser in one binding request; not the session of the browser.';
comment on column approval_sessions.id          is 'Identifier, which stands in the URL.';
comment on column approval_sessions.request_id  is 'The request.';
comment on column approval_sessions.side        is 'initiator or counterparty.';
comment on column approval_sessions.browser     is 'Keyed hash of the cookie it belongs to.';
comment on column approval_sessions.code_serial
  is 'The code that it was opened with; 0 for the initiator.';
comment on column approval_sessions.account_id  is 'Who signed in. Null: nobody yet.';
comment on column approval_sessions.auth_time   is 'When they signed in.';
comment on column approval_sessions.created_at  is 'Business clock.';
comment on column approval_sessions.expires_at  is 'Business clock.';
comment on column approval_sessions.passkey_id
  is 'Passkey that they signed in by. No reference: it may have been removed since.';
comment on table step_up_checks
  is 'Fresh identity checks that a binding asked for: a face against the document of the owner.';
comment on column step_up_checks.id          is 'Identifier.';
comment on column step_up_checks.request_id  is 'The request.';
comment on column step_up_checks.side        is 'initiator or counterparty.';
comment on column step_up_checks.account_id  is 'Who is checked.';
comment on column step_up_checks.owner_id
  is 'Owner of the account when the check began. No reference: it outlives the owner.';
comment on column step_up_checks.state       is 'waiting, passed, failed or moot.';
comment on column step_up_checks.begun_at    is 'Business clock.';
comment on column step_up_checks.ended_at    is 'When it was answered. Null: it waits.';
comment on column step_up_checks.attempts    is 'How often the provider was asked.';
comment on column step_up_checks.next_try_at
  is 'When the provider is asked (again). Null: nobody waits.';
comment on table decisions
  is 'Policy decisions, whole: facts, versions and verdicts (R22). Partitioned by month.';
comment on column decisions.id            is 'Identifier.';
comment on column decisions.request_id    is 'The request that was decided on.';
comment on column decisions.pack          is 'Policy pack.';
comment on column decisions.pack_version  is 'Its version.';
comment on column decisions.verdict       is 'allow, step_up, review or deny.';
comment on column decisions.refusal       is 'Public code, if it refused.';
comment on column decisions.facts         is 'What the hooks were given.';
comment on column decisions.hooks         is 'What each hook said.';
comment on column decisions.decided_at    is 'Business clock; the partition.';
comment on column decisions.overturned_by is 'Appeal that found it wrong (R24).';
comment on column decisions.overturned_at is 'When.';
comment on column decisions.shadow        is 'What hooks in shadow said. Null: none ran.';
comment on column decisions.timings       is 'Milliseconds that each part took.';
comment on table clearances
  is 'Doubts that a person, on appeal, found unfounded. Good for one more attempt.';
comment on column clearances.case_id     is 'The appeal.';
comment on column clearances.request_id  is 'The refused request.';
comment on column clearances.primary_id  is 'The primary account.';
comment on column clearances.sub_id      is 'The sub-account.';
comment on column clearances.pack        is 'Policy pack.';
comment on column clearances.doubts
  is 'Hooks, verdicts and reasons, as the reviewer saw them.';
comment on column clearances.given_at    is 'Business clock.';
comment on column clearances.valid_until is 'Business clock.';
comment on column clearances.used_at     is 'When it was used. Null: it is not.';
comment on column clearances.used_by     is 'The request that used it.';
comment on table review_cases is 'Cases that people decide (R23).';
comment on column review_cases.id                 is 'Identifier.';
comment on column review_cases.subject_kind       is 'binding_request, evidence or correction.';
comment on column review_cases.subject_id         is 'Id of what is reviewed.';
comment on column review_cases.state              is 'open, decided or dropped.';
comment on column review_cases.evidence           is 'What is shown to the reviewer.';
comment on column review_cases.excluded_owners
  is 'Owners whose accounts may neither see nor decide it.';
comment on column review_cases.due_at             is 'Until when it is to be decided.';
comment on column review_cases.decided_by         is 'The reviewer whose word was the last.';
comment on column review_cases.decision           is 'accept or reject.';
comment on column review_cases.reason
  is 'Of cases decided before reasons were sealed with the opinions.';
comment on column review_cases.decided_at         is 'Business clock.';
comment on column review_cases.opened_at          is 'Business clock.';
comment on column review_cases.applicant          is 'Account that it is about.';
comment on column review_cases.kind               is 'Kind of that account.';
comment on column review_cases.four_eyes          is 'Whether an acceptance takes two reviewers.';
comment on column review_cases.appeal_text
  is 'Sealed text of an appeal. Null: it is none. Empty: it was forgotten.';
comment on column review_cases.appeal_of
  is 'The case appealed against. Null: of an automatic decision.';
comment on column review_cases.excluded_reviewers is 'Accounts that had a say before.';
comment on column review_cases.escalated_at       is 'When it went before the operators as late.';
comment on column review_cases.changed_at
  is 'Last change of what is shown: looks and opinions from before count no more.';
comment on table review_opinions is 'What each reviewer said.';
comment on column review_opinions.case_id  is 'The case.';
comment on column review_opinions.by       is 'The reviewer.';
comment on column review_opinions.decision is 'accept or reject.';
comment on column review_opinions.reason   is 'Sealed. Null once the applicant was forgotten.';
comment on column review_opinions.at       is 'Business clock.';
comment on table review_looks
  is 'Who has looked at a case: nobody decides what they have not looked at.';
comment on column review_looks.case_id   is 'The case.';
comment on column review_looks.by        is 'The reviewer.';
comment on column review_looks.looked_at is 'Business clock.';
comment on table events
  is 'Outbox of events for relying parties, written with the change. Partitioned by month.';
comment on column events.seq         is 'Order.';
comment on column events.type        is 'Event type URI.';
comment on column events.stream      is 'Binding or request; order holds within it.';
comment on column events.data        is 'Claims of the event.';
comment on column events.happened_at is 'Business clock; the partition.';
comment on table audit_log
  is 'Who did what to what. No code, token or document number is in it. Partitioned by month.';
comment on column audit_log.seq     is 'Order.';
comment on column audit_log.action  is 'What was done.';
comment on column audit_log.subject is 'Id of what it was done to.';
comment on column audit_log.actor   is 'Account id, client id or system.';
comment on column audit_log.detail  is 'More, by action.';
comment on column audit_log.at      is 'Business clock; the partition.';
comment on table pack_versions is 'Each version of a policy pack that was in force, whole (R41).';
comment on column pack_versions.pack        is 'Id of the pack.';
comment on column pack_versions.version     is 'Its version.';
comment on column pack_versions.content     is 'The pack as it was read then.';
comment on column pack_versions.fingerprint is 'Hash of the file: a version has one content.';
comment on column pack_versions.recorded_at is 'Business clock.';
comment on table board_tallies
  is 'Figures of the operators'' board, by day. Nothing in it tells whose a decision was (R24).';
comment on column board_tallies.day    is 'Day in Shanghai.';
comment on column board_tallies.pack   is 'Policy pack.';
comment on column board_tallies.what   is 'What is counted.';
comment on column board_tallies.hook   is 'The hook, or the part that was timed. Empty: the whole.';
comment on column board_tallies.said   is 'What was said; of a refusal, by whom.';
comment on column board_tallies.came   is 'What came of it.';
comment on column board_tallies.bucket
  is 'Of a time: milliseconds, as the logarithm to base 1.1, rounded down.';
comment on column board_tallies.n      is 'How many.';
comment on table board_counted is 'Until when all is in board_tallies. One row.';
comment on column board_counted.only_row is 'Always true: the key that allows one row.';
comment on column board_counted.until    is 'What came later is counted by who asks.';
comment on table board_stepped_up is 'Requests that were asked to prove more and are not over yet.';
comment on column board_stepped_up.request_id is 'The request.';
comment on column board_stepped_up.day        is 'Day in Shanghai on which it was asked first.';
comment on column board_stepped_up.pack       is 'Policy pack.';
comment on column board_stepped_up.hook       is 'The hook that asked.';
comment on table signals
  is 'An account seen on a device in a network, one row a month (R21). Partitioned by month.';
comment on column signals.month      is 'First day of the month, UTC; the partition.';
comment on column signals.account_id is 'Who was seen.';
comment on column signals.owner_id   is 'Owner of the account then. Empty: nobody.';
comment on column signals.device     is '16 bytes of the keyed hash of the name of the browser.';
comment on column signals.network    is '16 bytes of the keyed hash of the /24 or /48.';
comment on column signals.traits
  is 'Keyed hashes of what the device said of itself; 0 where it said nothing.';
comment on column signals.visits     is 'How often.';
comment on column signals.first_at   is 'Business clock.';
comment on column signals.last_at    is 'Business clock.';
comment on column signals.provider   is 'Number of the autonomous system.';
comment on column signals.country    is 'ISO 3166-1 alpha-2.';
comment on column signals.latitude   is 'Whole degrees.';
comment on column signals.longitude  is 'Whole degrees.';
comment on table signal_owners
  is 'Owners that were seen at a device or in a network. Partitioned by month.';
comment on column signal_owners.month    is 'First day of the month, UTC; the partition.';
comment on column signal_owners.node     is 'Keyed hash of the device or network.';
comment on column signal_owners.owner_id is 'Who was seen.';
comment on column signal_owners.kind     is 'device or network.';
comment on column signal_owners.first_at is 'First time in that month.';
comment on table binding_attempts
  is 'Each side of an attempt to bind, and what the policy said. Partitioned by month.';
comment on column binding_attempts.month      is 'First day of the month, UTC; the partition.';
comment on column binding_attempts.request_id is 'The request.';
comment on column binding_attempts.side       is 'initiator or counterparty.';
comment on column binding_attempts.account_id is 'Who tried.';
comment on column binding_attempts.owner_id   is 'Owner of the account then.';
comment on column binding_attempts.device     is 'Keyed hash of the device.';
comment on column binding_attempts.network    is 'Keyed hash of the network.';
comment on column binding_attempts.verdict    is 'What the policy said.';
comment on column binding_attempts.risk       is 'Whether it was refused as a risk.';
comment on column binding_attempts.at         is 'Business clock.';
comment on table payments
  is 'Money between an account and a party, one row a month. Partitioned by month.';
comment on column payments.month      is 'First day of the month, UTC; the partition.';
comment on column payments.account_id is 'Whose money.';
comment on column payments.owner_id   is 'Owner of the account then.';
comment on column payments.direction  is 'in or out.';
comment on column payments.party      is 'Keyed hash of the account of the payer or payee.';
comment on column payments.cents      is 'Sum, in hundredths of a yuan.';
comment on column payments.times      is 'Number of payments.';
comment on column payments.first_at   is 'First of them.';
comment on column payments.last_at    is 'Last of them.';
comment on table account_habits is 'At which hours and how regularly an account visits (R21c).';
comment on column account_habits.account_id is 'Whose habit.';
comment on column account_habits.since      is 'When it was begun.';
comment on column account_habits.hours
  is '24 weights, for the hours of Asia/Shanghai; newer ones weigh more.';
comment on column account_habits.hour_at    is 'The hour that was counted last; each counts once.';
comment on column account_habits.gaps       is 'Number of pauses between counted hours.';
comment on column account_habits.gap_mean   is 'Their mean, in seconds.';
comment on column account_habits.gap_m2
  is 'Sum of their squared distances to the mean (Welford).';
comment on table device_keys is 'Keys of its own that a browser proved (R10).';
comment on column device_keys.device   is '16 bytes of the keyed hash of the name of the browser.';
comment on column device_keys.key      is '16 bytes of the keyed hash of the public key.';
comment on column device_keys.first_at is 'Business clock.';
comment on column device_keys.last_at  is 'Business clock.';
comment on table device_nonces is 'Nonces that a browser signed: each counts once.';
comment on column device_nonces.nonce      is '16 bytes of its keyed hash.';
comment on column device_nonces.expires_at is 'Wall clock.';
comment on view refusals
  is 'Refused requests, what was decided of them, and what is left of an appeal.';
comment on view board_refusals
  is 'Refusals of the policy, or of a person in its stead, as the board counts them.';
comment on view living_subjects is 'Ids of what is alive: records about them outlive their months.';
