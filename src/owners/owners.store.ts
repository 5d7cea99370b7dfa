import type { OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Owner } from './owner.ts';

interface OwnerRow {
  readonly id: OwnerId;
  readonly kind: Owner['kind'];
  readonly identity_index: Buffer;
  readonly verified_at: Date | null;
  readonly verified_by: Owner['verifiedBy'];
}

/** Locks the owners in the order of their ids: after the request, before the accounts, everywhere. */
export async function lockOwners(tx: Tx, ids: readonly OwnerId[]): Promise<ReadonlyMap<OwnerId, Owner>> {
  const rows = await tx.query<OwnerRow>(sql`
    select id, kind, identity_index, verified_at, verified_by from owners
     where id = any(${ids}::text[]) order by id for update`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        kind: row.kind,
        identityIndex: row.identity_index.toString('base64url'),
        verifiedAt: row.verified_at,
        verifiedBy: row.verified_by,
      },
    ]),
  );
}

/** When the subsidiary's tie to the parent was verified (R1), if it was. */
export async function findAffiliation(db: Db, parent: OwnerId, subsidiary: OwnerId): Promise<Date | null> {
  const [row] = await db.query<{ verified_at: Date }>(sql`
    select verified_at from owner_affiliations where parent_id = ${parent} and subsidiary_id = ${subsidiary}`);
  return row?.verified_at ?? null;
}
