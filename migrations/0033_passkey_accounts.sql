-- Accounts that are made with a passkey, and addresses that are added later (issue 10).

alter table contact_codes
  add column passkey_challenge bytea,
  add column new_account_id text,
  drop constraint contact_codes_purpose_check,
  add constraint contact_codes_purpose_check check (purpose in ('sign_up', 'recover', 'add'));
comment on column contact_codes.purpose           is 'sign_up, recover or add.';
comment on column contact_codes.account_id        is 'Whose password it may set, or who adds the address; null while there is no account.';
comment on column contact_codes.passkey_challenge is 'Keyed hash of what the passkey of the new account signs; null: none was asked for.';
comment on column contact_codes.new_account_id    is 'The id that the new account will have, because its passkey names it before there is one.';
