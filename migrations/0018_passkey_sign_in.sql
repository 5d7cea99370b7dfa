-- Signing in by a passkey: nobody has said who they are yet, so a challenge is a browser's and no account's.
create table sign_in_challenges (
  challenge  bytea       primary key,             -- keyed hash; its answer takes it away
  browser    bytea       not null,                -- keyed hash: answered in the browser that asked, or not at all
  expires_at timestamptz not null
);
create index sign_in_challenges_age on sign_in_challenges (expires_at);

alter table sittings
  add column passkey_id text;                     -- that it was signed in by; no reference: one that was removed since says nothing

-- A face looked at for one binding has a consent of its own: its picture goes at once, not after 90 days.
alter table account_consents
  drop constraint account_consents_consent_check,
  add constraint account_consents_consent_check check (consent in
    ('identity_documents', 'biometrics', 'business_records', 'identity_check'));
