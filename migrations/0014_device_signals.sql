-- What a browser's own key proves of it, and where an address is (R10, R21). As with all signals: keyed hashes, and of a
-- place no more than country, provider and whole degrees.

create table device_keys (                       -- a key that a browser name was seen with
  device   bytea       not null,                 -- 16 bytes of the keyed hash of the browser's name
  key      bytea       not null,                 -- 16 bytes of the keyed hash of the public key
  first_at timestamptz not null,
  last_at  timestamptz not null,
  primary key (device, key)
);
create index device_keys_last on device_keys (last_at);

create table device_nonces (                     -- signed once, and never again
  nonce      bytea       primary key,            -- 16 bytes of the keyed hash of what a form gave to sign
  expires_at timestamptz not null                -- wall clock: what a protocol counts
);
create index device_nonces_expiry on device_nonces (expires_at);

-- Null where the operator has no database of addresses, or it does not know this one.
alter table signals
  add column provider  bigint,                   -- number of the autonomous system
  add column country   text,                     -- ISO 3166-1 alpha-2
  add column latitude  smallint,                 -- whole degrees, some hundred kilometres
  add column longitude smallint;
