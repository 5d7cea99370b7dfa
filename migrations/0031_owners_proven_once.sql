-- An owner is proven once (R44): a further account shows only whose it is, for instance by the word
-- of an account that is proven. A subsidiary's tie to its parent is a piece of evidence of its own.
alter table evidence
  add column confirmed_by text references accounts,
  drop constraint evidence_type_check,
  add constraint evidence_type_check check (type in ('id_front', 'id_back', 'face_match', 'person_check',
    'passkey_confirmation', 'business_licence', 'bank_micro_deposit', 'account_confirmation',
    'three_in_one_licence', 'in_person_signing', 'industry_permit', 'licence_copy_with_authorization',
    'affiliation'));
comment on column evidence.confirmed_by is 'The proven account of the same owner whose word it is (R44); null for all other pieces.';
create index evidence_confirmed_by on evidence (confirmed_by) where confirmed_by is not null;

create table confirmation_codes (
  account_id text        primary key references accounts,
  owner_id   text        not null references owners,
  code_hash  bytea       not null unique,
  expires_at timestamptz not null
);
create index confirmation_codes_owner   on confirmation_codes (owner_id);
create index confirmation_codes_expired on confirmation_codes (expires_at);
comment on table confirmation_codes is 'Accounts that wait for the word of a proven account of their owner (R44).';
comment on column confirmation_codes.account_id is 'The account that waits.';
comment on column confirmation_codes.owner_id   is 'Whom it claims.';
comment on column confirmation_codes.code_hash  is 'Keyed hash of the code that is shown to it.';
comment on column confirmation_codes.expires_at is 'Business clock.';

-- A company group is a tree of affiliations (R2, R44).
create function owner_group(members text[]) returns setof text language sql stable
  as $$ with recursive grouped(id) as (
          select unnest(members)
          union
          select near.id from grouped g, lateral (
            select subsidiary_id as id from owner_affiliations where parent_id = g.id and withdrawn_at is null
            union all
            select parent_id from owner_affiliations where subsidiary_id = g.id and withdrawn_at is null) near)
        select id from grouped where id is not null $$;
comment on function owner_group is 'These owners, and all that affiliations tie to them, at any distance.';

create view company_ties as
  select parent_id, subsidiary_id, verified_at, evidence from owner_affiliations where withdrawn_at is null;
comment on view company_ties is 'Subsidiaries and their parents, while the tie holds.';

create table affiliation_claims (
  evidence_id  text  primary key references evidence,
  parent_index bytea not null,
  number       bytea not null,
  answered_by  text  references accounts,
  answered_at  timestamptz,
  confirmed    boolean,
  check ((answered_by is null) = (answered_at is null) and (answered_by is null) = (confirmed is null))
);
create index affiliation_claims_parent   on affiliation_claims (parent_index);
create index affiliation_claims_answerer on affiliation_claims (answered_by) where answered_by is not null;
comment on table affiliation_claims is 'Which parent a subsidiary claims, and what the parent says to it (R44).';
comment on column affiliation_claims.evidence_id  is 'The piece of evidence that shall show the tie.';
comment on column affiliation_claims.parent_index is 'Keyed blind index of the number of the parent.';
comment on column affiliation_claims.number       is 'The number, for reviewers; sealed under the data key of the subsidiary.';
comment on column affiliation_claims.answered_by  is 'The account of the parent that answered.';
comment on column affiliation_claims.answered_at  is 'Business clock.';
comment on column affiliation_claims.confirmed    is 'Whether the parent confirmed it. Null: it has not answered.';
