-- An approval session has a sign-in of its own. It ends with all others of the account: when the
-- password changes, and when the account is frozen or closed.

-- How long ago somebody signed in; null: nobody did, or it ended since. Sign-ins of a binding are in
-- business time, `signed_out_at` in real time.
create function seconds_signed_in(account text, since timestamptz) returns float8
  language sql volatile parallel safe
  as 'select extract(epoch from bindery_clock() - since)::float8
       where not exists (select from accounts, clock_offset
                          where id = account and signed_out_at >= since - ahead)';
