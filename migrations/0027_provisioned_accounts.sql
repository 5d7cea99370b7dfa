-- What SCIM reads of accounts (RFC 7643). Its filters and pages are within one platform.
create view provisioned_accounts as
  select id, platform, external_id, login, display_name, avatar_url, kind, status, version,
         created_at, updated_at
    from accounts;
comment on view provisioned_accounts is 'Accounts as their platforms keep them.';

-- Pages in order of ids; what is closed is not listed.
create index accounts_of_platform on accounts (platform, id) where status <> 'closed';
-- In byte order, so that the logins that start with a text are a range (RFC 7644 §3.4.2.2, `sw`).
create index accounts_login_prefix on accounts (platform, login collate "C");
