import type { ClientMetadata } from 'oidc-provider';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

export interface ClientRow {
  /** RFC 7591 names; never the secret. */
  readonly metadata: ClientMetadata;
  readonly secretHash: string | null;
  /** The secret before, while one rotates and as long as it still works. */
  readonly previousSecretHash?: string | null;
  /** It registered itself, and no operator verified it. */
  readonly unverified?: boolean;
}

/** A client that works: one that is switched off is not found. */
export async function findClient(db: Db, clientId: string): Promise<ClientRow | undefined> {
  const [row] = await db.query<ClientRow>(sql`
    select metadata, secret_hash as "secretHash",
           case when previous_secret_until > now() then previous_secret_hash end as "previousSecretHash",
           registered_by = 'self' and verified_at is null as unverified
      from clients where client_id = ${clientId} and disabled_at is null`);
  return row;
}

export type RegisteredBy = 'operator' | 'self';

/** Who registered a client that is there already stays. */
export async function saveClient(
  db: Db,
  { metadata, secretHash }: ClientRow,
  registeredBy: RegisteredBy = 'operator',
): Promise<void> {
  await db.query(sql`
    insert into clients (client_id, metadata, secret_hash, registered_by)
    values (${metadata.client_id}, ${JSON.stringify(metadata)}::jsonb, ${secretHash}, ${registeredBy})
    on conflict (client_id) do update
       set metadata = excluded.metadata, secret_hash = coalesce(excluded.secret_hash, clients.secret_hash), updated_at = now()`);
}

export async function deleteClient(db: Db, clientId: string): Promise<void> {
  await db.query(sql`delete from clients where client_id = ${clientId}`);
}

/** A client as operators see it. */
export interface Registration {
  readonly clientId: string;
  readonly metadata: ClientMetadata;
  readonly hasSecret: boolean;
  /** Until when the secret before works too; null: no longer. */
  readonly previousSecretUntil: Date | null;
  readonly registeredBy: RegisteredBy;
  readonly verifiedAt: Date | null;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export async function findRegistration(
  db: Db,
  clientId: string,
): Promise<Registration | undefined> {
  const [row] = await db.query<Registration>(sql`
    select client_id as "clientId", metadata, secret_hash is not null as "hasSecret",
           case when previous_secret_until > now() then previous_secret_until end as "previousSecretUntil",
           registered_by as "registeredBy", verified_at as "verifiedAt", disabled_at as "disabledAt",
           created_at as "createdAt", updated_at as "updatedAt"
      from clients where client_id = ${clientId}`);
  return row;
}

export async function lockRegistration(
  tx: Tx,
  clientId: string,
): Promise<Registration | undefined> {
  const [row] = await tx.query<Registration>(sql`
    select client_id as "clientId", metadata, secret_hash is not null as "hasSecret",
           case when previous_secret_until > clock_timestamp() then previous_secret_until end as "previousSecretUntil",
           registered_by as "registeredBy", verified_at as "verifiedAt", disabled_at as "disabledAt",
           created_at as "createdAt", updated_at as "updatedAt"
      from clients where client_id = ${clientId} for update`);
  return row;
}

/** By client id, those after `after`. */
export async function listRegistrations(
  db: Db,
  { after, most }: { readonly after: string; readonly most: number },
): Promise<Registration[]> {
  return await db.query<Registration>(sql`
    select client_id as "clientId", metadata, secret_hash is not null as "hasSecret",
           case when previous_secret_until > now() then previous_secret_until end as "previousSecretUntil",
           registered_by as "registeredBy", verified_at as "verifiedAt", disabled_at as "disabledAt",
           created_at as "createdAt", updated_at as "updatedAt"
      from clients where client_id > ${after} order by client_id limit ${most}`);
}

/** False: there is a client of this id. */
export async function insertClient(tx: Tx, { metadata, secretHash }: ClientRow): Promise<boolean> {
  const rows = await tx.query(sql`
    insert into clients (client_id, metadata, secret_hash)
    values (${metadata.client_id}, ${JSON.stringify(metadata)}::jsonb, ${secretHash})
    on conflict do nothing returning 1`);
  return rows.length > 0;
}

/** Replaces the metadata and the secret, under the client's lock; no older secret works. */
export async function replaceClient(tx: Tx, { metadata, secretHash }: ClientRow): Promise<void> {
  await tx.query(sql`
    update clients set metadata = ${JSON.stringify(metadata)}::jsonb, secret_hash = ${secretHash},
           previous_secret_hash = null, previous_secret_until = null, updated_at = now()
     where client_id = ${metadata.client_id}`);
}

/** Replaces the metadata alone, under the client's lock. */
export async function saveMetadata(tx: Tx, metadata: ClientMetadata): Promise<void> {
  await tx.query(sql`
    update clients set metadata = ${JSON.stringify(metadata)}::jsonb, updated_at = now()
     where client_id = ${metadata.client_id}`);
}

/** Under the client's lock: the secret so far works for `overlapSeconds` more; 0 ends it at once. */
export async function saveNextSecret(
  tx: Tx,
  clientId: string,
  { secretHash, overlapSeconds }: { readonly secretHash: string; readonly overlapSeconds: number },
): Promise<Date | null> {
  const [row] = await tx.query<{ until: Date | null }>(sql`
    update clients set secret_hash = ${secretHash}, updated_at = now(),
           previous_secret_hash = case when ${overlapSeconds}::int > 0 then secret_hash end,
           previous_secret_until = case when ${overlapSeconds}::int > 0 and secret_hash is not null
                                        then now() + make_interval(secs => ${overlapSeconds}::int) end
     where client_id = ${clientId} returning previous_secret_until as until`);
  return row?.until ?? null;
}

export async function saveDisabled(tx: Tx, clientId: string, disabled: boolean): Promise<void> {
  await tx.query(sql`
    update clients set disabled_at = case when ${disabled} then now() end, updated_at = now()
     where client_id = ${clientId}`);
}

export async function saveVerified(tx: Tx, clientId: string): Promise<void> {
  await tx.query(sql`
    update clients set verified_at = now(), updated_at = now() where client_id = ${clientId}`);
}
