-- Names that this field uses, in the schema as in the code (docs/glossary.md). Data stay; keys inside JSON follow.
alter table sittings rename to approval_sessions;
alter index sittings_pkey    rename to approval_sessions_pkey;
alter index sittings_request rename to approval_sessions_request;
alter index sittings_expiry  rename to approval_sessions_expiry;
alter table loose_documents rename to orphaned_uploads;
alter index loose_documents_pkey rename to orphaned_uploads_pkey;
alter index loose_documents_age  rename to orphaned_uploads_age;
alter table audit rename to audit_log;
alter index audit_pkey    rename to audit_log_pkey;
alter index audit_subject rename to audit_log_subject;

alter table binding_requests rename column way             to channel;
alter table binding_requests rename column starter_id      to initiator_id;
alter table binding_requests rename column starter_browser to initiator_browser;
alter table binding_requests rename column starter_device  to initiator_device;
alter table binding_requests rename column other_id        to counterparty_id;
alter table binding_requests rename column other_device    to counterparty_device;
alter table binding_requests rename column refusal_site    to refused_by_hook;  -- it always held a hook's id
alter index binding_requests_refused_starter rename to binding_requests_refused_initiator;
alter view refusals rename column starter_id   to initiator_id;
alter view refusals rename column refusal_site to refused_by_hook;

-- The two sides of a request: 'initiator' and 'counterparty' instead of 'starter' and 'other'.
alter table approval_sessions drop constraint sittings_side_check;
update approval_sessions set side = case side when 'starter' then 'initiator' else 'counterparty' end;
alter table approval_sessions add constraint approval_sessions_side_check check (side in ('initiator', 'counterparty'));
alter table step_up_checks drop constraint step_up_checks_side_check;
update step_up_checks set side = case side when 'starter' then 'initiator' else 'counterparty' end;
alter table step_up_checks add constraint step_up_checks_side_check check (side in ('initiator', 'counterparty'));
alter table binding_attempts drop constraint binding_attempts_side_check;
update binding_attempts set side = case side when 'starter' then 'initiator' else 'counterparty' end;
alter table binding_attempts add constraint binding_attempts_side_check check (side in ('initiator', 'counterparty'));

-- Keys and side names inside JSON. In jsonb's text a key is '"name":' and nothing else is: quotes inside a string are escaped.
create function pg_temp.in_field_words(doc jsonb) returns jsonb language sql immutable as $$
  select replace(replace(replace(replace(replace(doc::text,
    '"starter":', '"initiator":'), '"other":', '"counterparty":'),
    '"side": "starter"', '"side": "initiator"'), '"side": "other"', '"side": "counterparty"'),
    '"captives":', '"exclusiveMembers":')::jsonb
$$;
update decisions set facts = pg_temp.in_field_words(facts), hooks = pg_temp.in_field_words(hooks);
update decisions set shadow = pg_temp.in_field_words(shadow) where shadow is not null;
update clearances set doubts = pg_temp.in_field_words(doubts);
update review_cases set evidence = pg_temp.in_field_words(evidence) where subject_kind = 'binding_request';
update binding_requests set asked = pg_temp.in_field_words(asked), proofs = pg_temp.in_field_words(proofs)
 where asked is not null or proofs is not null;
update binding_requests
   set initiator_device    = initiator_device    - 'spot' || jsonb_build_object('location', initiator_device -> 'spot')
 where initiator_device ? 'spot';
update binding_requests
   set counterparty_device = counterparty_device - 'spot' || jsonb_build_object('location', counterparty_device -> 'spot')
 where counterparty_device ? 'spot';
