import type { AccountId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/**
 * Under the account's lock. What was signed in before is over. Gives the second up to which that
 * is so.
 */
export async function savePassword(
  tx: Tx,
  account: AccountId,
  passwordHash: string,
): Promise<number> {
  const [row] = await tx.query<{ until: number }>(sql`
    update accounts set password_hash = ${passwordHash}, signed_out_at = clock_timestamp()
     where id = ${account} returning floor(extract(epoch from signed_out_at))::float8 as until`);
  if (!row) throw new Error(`there is no account ${account}`);
  return row.until;
}

/** Whether an account that may sign in has no password. */
export async function hasNoPassword(db: Db, id: AccountId): Promise<boolean> {
  const rows = await db.query(sql`
    select 1 from accounts where id = ${id} and password_hash is null and status not in ('closed', 'frozen')`);
  return rows.length === 1;
}
