-- What an account has beside its password: passkeys, and one authenticator app.
create table second_factors (
  id            text        primary key,
  account_id    text        not null references accounts,
  kind          text        not null check (kind in ('passkey', 'totp')),
  name          text        not null,             -- as its owner calls it
  enrolled_at   timestamptz not null default bindery_now(),
  last_used_at  timestamptz,
  credential_id bytea       unique,               -- a credential is one account's (WebAuthn §7.1, step 26)
  public_key    bytea,                            -- COSE
  counter       bigint,                           -- signatures so far; 0 for ever where the authenticator counts none
  transports    text[],
  secret        bytea,                            -- sealed; bound to this table, row and column
  last_step     bigint,                           -- the last time step whose code was taken: none up to it is taken again (RFC 6238 §5.2)
  check ((kind = 'passkey') = (num_nonnulls(credential_id, public_key, counter, transports) = 4)),
  check ((kind = 'totp') = (num_nonnulls(secret, last_step) = 2)),
  check (num_nonnulls(credential_id, public_key, counter, transports) in (0, 4) and num_nonnulls(secret, last_step) in (0, 2))
);
create index second_factors_account on second_factors (account_id);
create unique index second_factors_one_app on second_factors (account_id) where kind = 'totp';

create table passkey_challenges (                 -- one live challenge per account and purpose; its answer takes it away
  account_id text        not null references accounts,
  purpose    text        not null,
  challenge  bytea       not null,                -- keyed hash
  expires_at timestamptz not null,
  primary key (account_id, purpose)
);
create index passkey_challenges_age on passkey_challenges (expires_at);

create table totp_enrolments (                    -- shown as a QR code, and not yet confirmed by a code
  account_id text        primary key references accounts,
  factor_id  text        not null,
  token      bytea       not null,                -- keyed hash: only the page that shows the secret can go on
  secret     bytea       not null,                -- sealed for its place in second_factors
  expires_at timestamptz not null
);
create index totp_enrolments_age on totp_enrolments (expires_at);
