import type { OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { WrappedKey } from './custody.ts';

interface KeyRow {
  readonly owner_id: OwnerId;
  readonly kek_id: string;
  readonly wrapped_key: Buffer;
  readonly version: number;
}

/** An owner's data key as stored, and its version. */
export interface StoredKey extends WrappedKey {
  readonly owner: OwnerId;
  readonly version: number;
}

const storedKey = ({ owner_id, kek_id, wrapped_key, version }: KeyRow): StoredKey => ({
  owner: owner_id,
  keyId: kek_id,
  wrapped: wrapped_key,
  version,
});

export async function findOwnerKey(db: Db, owner: OwnerId): Promise<StoredKey | undefined> {
  const [row] = await db.query<KeyRow>(
    sql`select owner_id, kek_id, wrapped_key, version from owner_keys where owner_id = ${owner}`,
  );
  return row && storedKey(row);
}

/** Keys of owners after `after`, by id, that are not wrapped by `current`. */
export async function findStaleKeys(
  db: Db,
  current: string,
  after: string,
  most: number,
): Promise<readonly StoredKey[]> {
  const rows = await db.query<KeyRow>(sql`
    select owner_id, kek_id, wrapped_key, version from owner_keys
     where kek_id <> ${current} and owner_id > ${after} order by owner_id limit ${most}`);
  return rows.map(storedKey);
}

/**
 * Replaces keys by their re-wrapped form, in one statement. A key that changed or was deleted
 * meanwhile is skipped, so nothing destroyed comes back. Returns how many were replaced.
 */
export async function replaceKeys(tx: Tx, keys: readonly StoredKey[]): Promise<number> {
  const rows = await tx.query(sql`
    update owner_keys k
       set kek_id = n.kek_id, wrapped_key = n.wrapped_key, version = k.version + 1, wrapped_at = bindery_now()
      from unnest(${keys.map(({ owner }) => owner)}::text[], ${keys.map(({ keyId }) => keyId)}::text[],
                  ${keys.map(({ wrapped }) => wrapped)}::bytea[], ${keys.map(({ version }) => version)}::int[])
             as n (owner_id, kek_id, wrapped_key, version)
     where k.owner_id = n.owner_id and k.version = n.version
    returning 1`);
  return rows.length;
}

/** How many data keys each key-encryption key wraps. */
export async function countKeys(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ kek_id: string; count: number }>(
    sql`select kek_id, count(*)::int as count from owner_keys group by kek_id`,
  );
  return new Map(rows.map(({ kek_id, count }) => [kek_id, count]));
}
