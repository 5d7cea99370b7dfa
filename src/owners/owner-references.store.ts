import type { OwnerId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** What a platform calls an owner, as keyed hash. */
export interface OwnerReference {
  readonly platform: string;
  readonly hash: Buffer;
}

export async function findOwnerByReference(
  tx: Tx,
  { platform, hash }: OwnerReference,
): Promise<OwnerId | undefined> {
  const [row] = await tx.query<{ id: OwnerId }>(sql`
    select owner_id as id from owner_references where platform = ${platform} and reference = ${hash}`);
  return row?.id;
}

/** Whether the platform calls this owner something already. The caller has locked the owner. */
export async function hasReference(tx: Tx, platform: string, owner: OwnerId): Promise<boolean> {
  const rows = await tx.query(sql`
    select from owner_references where owner_id = ${owner} and platform = ${platform} limit 1`);
  return rows.length > 0;
}

/**
 * Keeps that the platform calls the owner so, and returns whom it means. Of two callers at once the
 * second waits, and gets the owner of the first.
 */
export async function keepReference(
  tx: Tx,
  { platform, hash }: OwnerReference,
  owner: OwnerId,
): Promise<OwnerId> {
  const [row] = await tx.query<{ id: OwnerId }>(sql`
    insert into owner_references (platform, reference, owner_id) values (${platform}, ${hash}, ${owner})
    on conflict (platform, reference) do update set platform = excluded.platform
    returning owner_id as id`);
  if (!row) throw new Error('a reference to an owner was not kept');
  return row.id;
}
