-- Accounts that Bindery itself keeps can have an address for messages: a mail address or a telephone
-- number, confirmed by a code. Addresses are sealed, and never used to match accounts (decision 35).
create table account_contacts (
  account_id   text        not null references accounts,
  kind         text        not null check (kind in ('mail', 'phone')),
  address_hash bytea       not null unique,
  address      bytea       not null,
  confirmed_at timestamptz not null default bindery_now(),
  primary key (account_id, kind)
);
comment on table  account_contacts              is 'Where an account gets messages; each address belongs to one account at most.';
comment on column account_contacts.account_id   is 'Whose it is.';
comment on column account_contacts.kind         is 'mail or phone.';
comment on column account_contacts.address_hash is 'Keyed hash of the address, to find its account.';
comment on column account_contacts.address      is 'The address, sealed under the installation secret.';
comment on column account_contacts.confirmed_at is 'When a code that was sent there came back.';

create table contact_codes (
  token        bytea       primary key,
  purpose      text        not null check (purpose in ('sign_up', 'recover')),
  kind         text        not null check (kind in ('mail', 'phone')),
  address_hash bytea       not null,
  address      bytea       not null,
  account_id   text        references accounts,
  code         bytea,
  tries        smallint    not null default 0 check (tries between 0 and 5),
  expires_at   timestamptz not null
);
create index contact_codes_expiry on contact_codes (expires_at);
create index contact_codes_account on contact_codes (account_id);
comment on table  contact_codes              is 'Codes that were sent to an address. An unknown address leaves a row too, so that nothing tells it apart.';
comment on column contact_codes.token        is 'Keyed hash of the cookie of the browser that asked.';
comment on column contact_codes.purpose      is 'sign_up or recover.';
comment on column contact_codes.kind         is 'mail or phone.';
comment on column contact_codes.address_hash is 'Keyed hash of the address.';
comment on column contact_codes.address      is 'The address, sealed under the installation secret.';
comment on column contact_codes.account_id   is 'Whose password it may set; null while there is no account.';
comment on column contact_codes.code         is 'Keyed hash of the code; null: no code was sent, and none is right.';
comment on column contact_codes.tries        is 'How often a code was typed; after five it is over.';
comment on column contact_codes.expires_at   is 'Ten minutes after it was sent.';

create table outgoing_messages (
  id          text        primary key,
  kind        text        not null check (kind in ('mail', 'phone')),
  content     bytea       not null,
  to_nobody   boolean     not null,
  tries       smallint    not null default 0,
  next_try_at timestamptz not null default clock_timestamp(),
  expires_at  timestamptz not null
);
create index outgoing_messages_due on outgoing_messages (next_try_at);
comment on table  outgoing_messages             is 'Messages to be sent by the task send-messages; a row is deleted when it was sent.';
comment on column outgoing_messages.id          is 'Sent along, so that a gateway can tell a repetition.';
comment on column outgoing_messages.kind        is 'mail or phone.';
comment on column outgoing_messages.content     is 'Recipient, subject and text, sealed under the installation secret.';
comment on column outgoing_messages.to_nobody   is 'True: it stands for a message to an address that has no account, and is not sent.';
comment on column outgoing_messages.tries       is 'How often it was tried.';
comment on column outgoing_messages.next_try_at is 'Real time; a process that takes it moves this ahead.';
comment on column outgoing_messages.expires_at  is 'Real time; later it would be of no use.';

create table sandbox_messages (
  id           bigint      generated always as identity primary key,
  message_id   text        not null,
  kind         text        not null check (kind in ('mail', 'phone')),
  recipient    text        not null,
  subject      text        not null,
  body         text        not null,
  delivered_at timestamptz not null default clock_timestamp()
);
create index sandbox_messages_age on sandbox_messages (delivered_at);
comment on table  sandbox_messages              is 'What the sandbox delivered, for /demo/messages. Empty wherever real senders are configured.';
comment on column sandbox_messages.id           is 'In the order of delivery.';
comment on column sandbox_messages.message_id   is 'Of outgoing_messages; one can be delivered twice.';
comment on column sandbox_messages.kind         is 'mail or phone.';
comment on column sandbox_messages.recipient    is 'The address, in clear.';
comment on column sandbox_messages.subject      is 'Its subject.';
comment on column sandbox_messages.body         is 'Its text.';
comment on column sandbox_messages.delivered_at is 'Rows go after a day.';
