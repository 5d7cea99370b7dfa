import type { AccountId, OwnerId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { type Query, query } from '../store/query.ts';
import { sql } from '../store/sql.ts';
import type { WrappedKey } from './custody.ts';
import type { Owner } from './owner.ts';

interface OwnerRow {
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
  return byId(
    await tx.query<OwnerRow>(sql`
      select id, kind, encode(identity_index, 'hex') as index, milliseconds(verified_at) as verified_at, verified_by
        from owners where id = any(${ids}::text[]) and deleted_at is null order by id for update`),
  );
}

/** Locks the owners of the accounts, like {@link lockOwners}. The accounts must be locked after. */
export function lockingOwnersOf(
  accounts: readonly AccountId[],
): Query<ReadonlyMap<OwnerId, Owner>> {
  return query(
    sql`
    select id, kind, encode(identity_index, 'hex') as index, milliseconds(verified_at) as verified_at, verified_by
      from owners where id = any(array(select owner_id from accounts where id = any(${accounts}::text[]))) and deleted_at is null
     order by id for update`,
    byId,
  );
}

function byId(rows: readonly OwnerRow[]): ReadonlyMap<OwnerId, Owner> {
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
 * Counts active and suspended bindings of the owner. Under the owner's lock, which every new
 * binding needs.
 */
export async function countBindings(tx: Tx, owner: OwnerId): Promise<number> {
  const [row] = await tx.query<{ count: number }>(sql`
    select count(*)::int as count from bindings
     where state in ('active', 'suspended')
       and (primary_owner_id = ${owner}
            or sub_id = any(array(select id from accounts where owner_id = ${owner})))`);
  return row?.count ?? 0;
}

/**
 * Deletes all of an owner except its id, which past bindings and decisions refer to. Data key,
 * index, fields, affiliations, relatives, known devices and risk signals go in one statement.
 */
export async function eraseOwner(tx: Tx, owner: OwnerId): Promise<void> {
  await tx.query(sql`
    with keys    as (delete from owner_keys where owner_id = ${owner}),
         fields  as (delete from owner_fields where owner_id = ${owner}),
         ties    as (delete from owner_affiliations where parent_id = ${owner} or subsidiary_id = ${owner}),
         devices as (delete from known_devices where owner_id = ${owner}),
         related as (delete from owner_relatives where owner_id = ${owner} or relative_id = ${owner}),
         habits  as (delete from account_habits where account_id in (select id from accounts where owner_id = ${owner})),
         browser as (delete from device_keys k where exists (select 1 from signals s where s.device = k.device and s.owner_id = ${owner})
                        and not exists (select 1 from signals s where s.device = k.device and s.owner_id <> ${owner})),
         nodes   as (delete from signal_owners where owner_id = ${owner}),
         signs   as (delete from signals where owner_id = ${owner}),
         tries   as (delete from binding_attempts where owner_id = ${owner}),
         money   as (delete from payments where owner_id = ${owner})
    update owners set identity_index = null, verified_at = null, verified_by = null, deleted_at = bindery_now() where id = ${owner}`);
}
