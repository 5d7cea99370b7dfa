import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Standing } from './qualification.ts';

/** Under the account's lock. */
export async function saveQualification(tx: Tx, account: AccountId, { qualification, until }: Standing): Promise<void> {
  await tx.query(sql`update accounts set qualification = ${qualification}, qualified_until = ${until} where id = ${account}`);
}

/** The account is its owner's from the first proof on (R1). */
export async function saveOwner(tx: Tx, account: AccountId, owner: OwnerId): Promise<void> {
  await tx.query(sql`update accounts set owner_id = ${owner} where id = ${account}`);
}
