import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** Whose the accounts are, read before the owners are locked. */
export async function findOwnerIds(db: Db, accounts: readonly AccountId[]): Promise<OwnerId[]> {
  const rows = await db.query<{ owner_id: OwnerId }>(sql`
    select distinct owner_id from accounts where id = any(${accounts}::text[]) and owner_id is not null`);
  return rows.map(({ owner_id }) => owner_id);
}
