import type { AccountId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** Replaces whatever link there was. */
export async function putBootstrapLink(
  tx: Tx,
  {
    account,
    reference,
    lifetimeSeconds,
  }: {
    readonly account: AccountId;
    readonly reference: Buffer;
    readonly lifetimeSeconds: number;
  },
): Promise<void> {
  await deleteBootstrapLinks(tx);
  await tx.query(sql`
    insert into bootstrap_links (reference, account_id, expires_at)
    values (${reference}, ${account}, bindery_now() + make_interval(secs => ${lifetimeSeconds}))`);
}

/** The account of a link that is still good. */
export async function findBootstrapAccount(
  db: Db,
  reference: Buffer,
): Promise<AccountId | undefined> {
  const [row] = await db.query<{ account_id: AccountId }>(sql`
    select account_id from bootstrap_links
     where reference = ${reference} and expires_at > bindery_now()`);
  return row?.account_id;
}

/** The same, locked together with all other links: only one of them makes an operator. */
export async function lockBootstrapAccount(
  tx: Tx,
  reference: Buffer,
): Promise<AccountId | undefined> {
  const rows = await tx.query<{ account_id: AccountId; reference: Buffer; live: boolean }>(sql`
    select account_id, reference, expires_at > bindery_clock() as live
      from bootstrap_links order by reference for update`);
  return rows.find((row) => row.live && row.reference.equals(reference))?.account_id;
}

export async function deleteBootstrapLinks(tx: Tx): Promise<void> {
  await tx.query(sql`delete from bootstrap_links`);
}

/**
 * Under the account's lock. Null: nobody signs in by password. What was signed in before is over;
 * gives the second (Unix) up to which that is so.
 */
export async function saveFirstPassword(
  tx: Tx,
  account: AccountId,
  passwordHash: string | null,
): Promise<number> {
  const [row] = await tx.query<{ until: number }>(sql`
    update accounts set password_hash = ${passwordHash}, signed_out_at = clock_timestamp()
     where id = ${account} returning floor(extract(epoch from signed_out_at))::float8 as until`);
  if (!row) throw new Error(`there is no account ${account}`);
  return row.until;
}
