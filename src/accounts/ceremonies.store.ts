import type { AccountId, FactorId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

interface Lifetime {
  readonly lifetimeSeconds: number;
}

export interface Challenge {
  readonly account: AccountId;
  readonly purpose: string;
  /** Keyed hash of what the authenticator signs. */
  readonly challenge: Buffer;
}

/** The newest challenge for a purpose replaces the one before, so rows do not pile up. */
export async function putChallenge(
  db: Db,
  { account, purpose, challenge, lifetimeSeconds }: Challenge & Lifetime,
): Promise<void> {
  await db.query(sql`
    insert into passkey_challenges (account_id, purpose, challenge, expires_at)
    values (${account}, ${purpose}, ${challenge}, bindery_now() + make_interval(secs => ${lifetimeSeconds}))
    on conflict (account_id, purpose) do update set challenge = excluded.challenge, expires_at = excluded.expires_at`);
}

/** True only for the first answer to a live challenge. */
export async function takeChallenge(
  tx: Tx,
  { account, purpose, challenge }: Challenge,
): Promise<boolean> {
  const rows = await tx.query(sql`
    delete from passkey_challenges
     where account_id = ${account} and purpose = ${purpose} and challenge = ${challenge} and expires_at > bindery_clock() returning 1`);
  return rows.length === 1;
}

/** A challenge of a browser that has not said who it is. Only for signing in. */
export interface SignInChallenge {
  /** Keyed hash of the browser's cookie. */
  readonly browser: Buffer;
  readonly challenge: Buffer;
}

export async function putSignInChallenge(
  db: Db,
  { browser, challenge, lifetimeSeconds }: SignInChallenge & Lifetime,
): Promise<void> {
  await db.query(sql`
    insert into sign_in_challenges (challenge, browser, expires_at)
    values (${challenge}, ${browser}, bindery_now() + make_interval(secs => ${lifetimeSeconds}))`);
}

/** True only for the first answer to a live challenge of this browser. */
export async function takeSignInChallenge(
  tx: Tx,
  { browser, challenge }: SignInChallenge,
): Promise<boolean> {
  const rows = await tx.query(sql`
    delete from sign_in_challenges
     where challenge = ${challenge} and browser = ${browser} and expires_at > bindery_clock() returning 1`);
  return rows.length === 1;
}

export interface AppEnrolment {
  readonly account: AccountId;
  readonly factor: FactorId;
  /** Keyed hash of the token on the page. */
  readonly token: Buffer;
  readonly secret: Buffer;
}

export async function putAppEnrolment(
  db: Db,
  { account, factor, token, secret, lifetimeSeconds }: AppEnrolment & Lifetime,
): Promise<void> {
  await db.query(sql`
    insert into totp_enrolments (account_id, factor_id, token, secret, expires_at)
    values (${account}, ${factor}, ${token}, ${secret}, bindery_now() + make_interval(secs => ${lifetimeSeconds}))
    on conflict (account_id) do update
       set factor_id = excluded.factor_id, token = excluded.token, secret = excluded.secret, expires_at = excluded.expires_at`);
}

/** `nowMs` is real time, because phones make their codes by it. */
export async function findAppEnrolment(
  db: Db,
  { account, token }: Pick<AppEnrolment, 'account' | 'token'>,
): Promise<(Pick<AppEnrolment, 'factor' | 'secret'> & { readonly nowMs: number }) | undefined> {
  const [row] = await db.query<
    Pick<AppEnrolment, 'factor' | 'secret'> & { readonly nowMs: number }
  >(sql`
    select factor_id as factor, secret, (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"
      from totp_enrolments where account_id = ${account} and token = ${token} and expires_at > bindery_now()`);
  return row;
}

/** Ends ceremonies that began before the account's factors changed. */
export async function endCeremonies(tx: Tx, account: AccountId): Promise<void> {
  await tx.query(sql`
    with challenges as (delete from passkey_challenges where account_id = ${account})
    delete from totp_enrolments where account_id = ${account}`);
}

export async function deleteOldCeremonies(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    with challenges as (
      delete from passkey_challenges where ctid = any(array(
        select ctid from passkey_challenges where expires_at < bindery_now()
         limit ${batch}::int for update skip locked)) returning 1
    ), sign_ins as (
      delete from sign_in_challenges where ctid = any(array(
        select ctid from sign_in_challenges where expires_at < bindery_now()
         limit ${batch}::int for update skip locked)) returning 1
    ), enrolments as (
      delete from totp_enrolments where ctid = any(array(
        select ctid from totp_enrolments where expires_at < bindery_now()
         limit ${batch}::int for update skip locked)) returning 1
    )
    select 1 from challenges union all select 1 from sign_ins union all select 1 from enrolments`);
  return rows.length;
}
