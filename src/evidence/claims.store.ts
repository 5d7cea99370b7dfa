import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { FieldName } from '../owners/fields.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** Whom an account says it belongs to. What it typed is sealed; `fields` are those that are kept, none once it was proven. */
export interface StoredClaim {
  readonly owner: OwnerId;
  readonly claimedAt: Date;
  readonly fields: readonly FieldName[];
}

export async function findClaim(db: Db, account: AccountId): Promise<StoredClaim | undefined> {
  const [row] = await db.query<StoredClaim>(sql`
    select c.owner_id as owner, c.claimed_at as "claimedAt",
           array(select f.name from account_claim_fields f where f.account_id = c.account_id order by f.name) as fields
      from account_claims c where c.account_id = ${account}`);
  return row;
}
