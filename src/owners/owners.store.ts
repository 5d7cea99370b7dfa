import type { OwnerId } from '../kernel/ids.ts';
import { SerializationFailure, type Tx } from '../store/database.ts';
import { type Statement, sql } from '../store/sql.ts';
import type { WrappedKey } from './custody.ts';
import type { Owner } from './owner.ts';

/** Its moments and bytes survive JSON, so that a query of another room can read it. */
export interface OwnerRow {
  readonly id: OwnerId;
  readonly kind: Owner['kind'];
  /** Hex. */
  readonly index: string;
  /** Milliseconds. */
  readonly verified_at: number | null;
  readonly verified_by: Owner['verifiedBy'];
}

/**
 * Locks the owners by id. Everywhere they are locked after the request and before the accounts. A
 * deleted owner is not in the result.
 */
export async function lockOwners(
  tx: Tx,
  ids: readonly OwnerId[],
): Promise<ReadonlyMap<OwnerId, Owner>> {
  return ownersById(
    await tx.query<OwnerRow>(sql`
      select id, kind, encode(identity_index, 'hex') as index, milliseconds(verified_at) as verified_at, verified_by
        from present_owners where id = any(${ids}::text[]) order by id for update`),
  );
}

/**
 * Locks these owners and their whole company groups, by id. A group may have grown before all of it
 * was locked: then the transaction starts again.
 */
export async function lockGroups(
  tx: Tx,
  ids: readonly OwnerId[],
): Promise<ReadonlyMap<OwnerId, Owner>> {
  const locked = ownersById(
    await tx.query<OwnerRow>(sql`
      select id, kind, encode(identity_index, 'hex') as index, milliseconds(verified_at) as verified_at, verified_by
        from present_owners where id = any(array(select owner_group(${ids}::text[]))) order by id for update`),
  );
  const now = await tx.query<{ id: OwnerId }>(sql`select owner_group(${ids}::text[]) as id`);
  if (now.some(({ id }) => !locked.has(id) && !ids.includes(id)))
    throw new SerializationFailure('a group grew before it was locked');
  return locked;
}

export function ownersById(rows: readonly OwnerRow[]): ReadonlyMap<OwnerId, Owner> {
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        kind: row.kind,
        identityIndex: Buffer.from(row.index, 'hex').toString('base64url'),
        verifiedAt: row.verified_at === null ? null : new Date(row.verified_at),
        verifiedBy: row.verified_by,
      },
    ]),
  );
}

/** A new owner, if nobody has its index yet. */
export interface NewOwner {
  readonly id: OwnerId;
  readonly kind: Owner['kind'];
  readonly index: Buffer;
  readonly key: WrappedKey;
}

/**
 * Finds or makes the owner with this index, and locks it. Of two callers at once, the second waits
 * and finds the first's. It is one statement for new and known numbers.
 */
export async function findOrInsertOwner(
  tx: Tx,
  { id, kind, index, key }: NewOwner,
): Promise<OwnerId> {
  const [row] = await tx.query<{ id: OwnerId }>(sql`
    with found as (
      insert into owners (id, kind, identity_index) values (${id}, ${kind}, ${index})
      on conflict (identity_index) do update set identity_index = excluded.identity_index
      returning id
    ), keyed as (
      insert into owner_keys (owner_id, kek_id, wrapped_key)
      select id, ${key.keyId}, ${key.wrapped} from found where id = ${id}
    )
    select id from found`);
  if (!row) throw new Error('an owner was neither found nor made');
  return row.id;
}

/**
 * The owner with this index, if any: to lock it with others in order. {@link findOrInsertOwner}
 * decides.
 */
export async function findOwnerByIndex(tx: Tx, index: Buffer): Promise<OwnerId | undefined> {
  const [row] = await tx.query<{ id: OwnerId }>(
    sql`select id from owners where identity_index = ${index}`,
  );
  return row?.id;
}

/** Sets or clears the verification of an owner that the caller has locked. */
export async function setVerified(
  tx: Tx,
  owner: OwnerId,
  by: NonNullable<Owner['verifiedBy']> | null,
): Promise<void> {
  await tx.query(sql`
    update owners set verified_at = case when ${by}::text is not null then bindery_now() end, verified_by = ${by} where id = ${owner}`);
}

/**
 * Deletes all that this room holds of an owner, except its id: past bindings and decisions refer to
 * it. `src/evidence/claims/erase-owner.store.ts` sends these with what other rooms hold.
 */
export function eraseOwnerStatements(owner: OwnerId): [Statement, ...Statement[]] {
  return [
    sql`delete from owner_keys where owner_id = ${owner}`,
    sql`delete from owner_fields where owner_id = ${owner}`,
    sql`delete from owner_references where owner_id = ${owner}`,
    sql`delete from owner_affiliations where parent_id = ${owner} or subsidiary_id = ${owner}`,
    sql`delete from owner_relatives where owner_id = ${owner} or relative_id = ${owner}`,
    sql`
    update owners set identity_index = null, verified_at = null, verified_by = null, deleted_at = bindery_now() where id = ${owner}`,
  ];
}
