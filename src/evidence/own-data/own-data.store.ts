import type { AccountId, DocumentId, OwnerId } from '../../kernel/ids.ts';
import type { FieldName } from '../../owners/fields.ts';
import type { Purpose } from '../../owners/purpose.ts';
import type { Db } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';

/**
 * The newest entries of one's own, and as many of others. So many of one's own hide none of others.
 */
const MOST_LOOKS = 500;

/** An entry of the audit log: somebody opened something sealed. */
export interface StoredLook {
  readonly at: Date;
  readonly actor: string | null;
  /** The actor's roles and owner now; null if the actor is no account. */
  readonly roles: readonly string[] | null;
  readonly actorOwner: OwnerId | null;
  readonly purpose: Purpose;
  /** Which field or document was opened. */
  readonly table: string;
  readonly row: string;
  readonly column: string;
}

/**
 * Who opened what an account claims, its documents and, if `proven`, the owner's fields. Other
 * things under the same owner's key belong to other accounts and are left out.
 */
export async function findLooks(
  db: Db,
  {
    account,
    owners,
    documents,
    proven,
  }: {
    readonly account: AccountId;
    readonly owners: readonly OwnerId[];
    readonly documents: readonly DocumentId[];
    readonly proven: OwnerId | null;
  },
): Promise<StoredLook[]> {
  return await db.query<StoredLook>(sql`
    select at, actor, roles, "actorOwner", purpose, "table", "row", "column" from (
    select a.seq, a.at, a.actor, who.roles, who.owner_id as "actorOwner", a.purpose, a."table", a."row", a."column",
           row_number() over (partition by a.actor is not distinct from ${account} order by a.seq desc) as nth
      from seal_openings a left join account_cards who on who.id = a.actor
     where a.subject = any(${owners}::text[])
       and case a."table" when 'account_claim_fields' then a."row" = ${account}
                                     when 'evidence_documents'   then a."row" = any(${documents}::text[])
                                     when 'owner_fields'         then a."row" = ${proven}
                                     else false end
    ) looks where nth <= ${MOST_LOOKS} order by seq desc`);
}

/** The unproven values that an account declared, and since when. */
export async function findClaimedFields(
  db: Db,
  account: AccountId,
): Promise<readonly { readonly name: FieldName; readonly since: Date }[]> {
  return await db.query<{ name: FieldName; since: Date }>(sql`
    select f.name, c.claimed_at as since from account_claim_fields f join account_claims c using (account_id)
     where f.account_id = ${account} order by f.name`);
}
