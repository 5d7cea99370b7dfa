-- A table belongs to one room, and only the stores of that room name it (docs/architecture.md#tables).
-- What a room shows to others are views. They are plain, so PostgreSQL inlines them: a condition on
-- a view reaches the indexes of its tables. No column calls a volatile function, which would prevent it.

-- owners
create view present_owners as
  select id, kind, identity_index, verified_at, verified_by from owners where deleted_at is null;
comment on view present_owners is 'Owners that are not deleted.';

-- accounts
create view account_cards as
  select id, login, display_name, kind, status, owner_id, qualification, qualified_until,
         administrator_id, roles
    from accounts;
comment on view account_cards is 'Accounts without what proves a sign-in.';

create view enrolled_factors as
  select id, account_id, kind, enrolled_at from second_factors;
comment on view enrolled_factors is 'Second factors without their keys and secrets.';

-- oidc
create view app_cards as
  select client_id, metadata, metadata ->> 'client_name' as name, metadata ->> 'client_uri' as uri,
         metadata ->> 'logo_uri' as logo_uri, metadata -> 'account_binding_resources' as resources
    from clients;
comment on view app_cards is 'Apps as they describe themselves, without their secrets.';

-- audit
create view seal_openings as
  select seq, at, actor, subject, detail ->> 'purpose' as purpose, detail ->> 'table' as "table",
         detail ->> 'row' as "row", detail ->> 'column' as "column"
    from audit_log where action = 'owner.opened';
comment on view seal_openings is 'Who opened what that is sealed for an owner, and for which purpose.';

-- policy
create view decision_verdicts as
  select request_id, pack, verdict, hooks, decided_at from decisions;
comment on view decision_verdicts is 'Decisions without their facts.';

-- review
create view case_decisions as
  select subject_kind, subject_id, state, decided_at, appeal_text is not null as is_appeal
    from review_cases;
comment on view case_decisions is 'How far cases are decided, without what reviewers saw.';

-- binding
create view request_states as
  select id, pack, state, refused_at from binding_requests;
comment on view request_states is 'The stored state of each binding request.';

-- evidence
create view face_checks as
  select request_id, side, state from step_up_checks;
comment on view face_checks is 'Faces that were checked for a step-up.';
