import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Account } from './account.ts';

/** Under the account's lock. */
export async function saveQualification(
  tx: Tx,
  account: AccountId,
  {
    qualification,
    until,
  }: { readonly qualification: Account['qualification']; readonly until: Date | null },
): Promise<void> {
  await tx.query(
    sql`update accounts set qualification = ${qualification}, qualified_until = ${until} where id = ${account}`,
  );
}

/**
 * The account belongs to its owner from the first proof on (R1). Null: to nobody, because the proof
 * was false.
 */
export async function saveOwner(tx: Tx, account: AccountId, owner: OwnerId | null): Promise<void> {
  await tx.query(sql`update accounts set owner_id = ${owner} where id = ${account}`);
}

/** The accounts that are proven to be the owner's. */
export async function findAccountsOf(db: Db, owner: OwnerId): Promise<AccountId[]> {
  const rows = await db.query<{ id: AccountId }>(
    sql`select id from accounts where owner_id = ${owner} order by id`,
  );
  return rows.map(({ id }) => id);
}

/** Accounts of a deleted owner have no owner and no qualification. */
export async function forgetQualifications(tx: Tx, accounts: readonly AccountId[]): Promise<void> {
  await tx.query(sql`
    update accounts set owner_id = null, qualification = 'none', qualified_until = null where id = any(${accounts}::text[])`);
}
