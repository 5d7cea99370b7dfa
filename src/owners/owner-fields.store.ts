import type { OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { FieldName } from './fields.ts';

export async function findField(
  db: Db,
  owner: OwnerId,
  field: FieldName,
): Promise<Buffer | undefined> {
  const [row] = await db.query<{ ciphertext: Buffer }>(sql`
    select ciphertext from owner_fields where owner_id = ${owner} and name = ${field}`);
  return row?.ciphertext;
}

/** Names of the stored fields of an owner, and since when, for the owner. It opens none. */
export async function findFieldNames(
  db: Db,
  owner: OwnerId,
): Promise<readonly { readonly name: FieldName; readonly storedAt: Date }[]> {
  const rows = await db.query<{ name: FieldName; stored_at: Date }>(sql`
    select name, stored_at from owner_fields where owner_id = ${owner} order by name`);
  return rows.map(({ name, stored_at }) => ({ name, storedAt: stored_at }));
}

/** Stores a field; an earlier value is replaced. */
export async function upsertField(
  tx: Tx,
  owner: OwnerId,
  field: FieldName,
  ciphertext: Buffer,
): Promise<void> {
  await tx.query(sql`
    insert into owner_fields (owner_id, name, ciphertext) values (${owner}, ${field}, ${ciphertext})
    on conflict (owner_id, name) do update set ciphertext = excluded.ciphertext, stored_at = bindery_now()`);
}

/** A value that is sealed for its owner already. */
export interface SealedOwnerField {
  readonly name: FieldName;
  readonly ciphertext: Buffer;
}

/** Stores several fields, as {@link upsertField} does one. */
export async function upsertFields(
  tx: Tx,
  owner: OwnerId,
  fields: readonly SealedOwnerField[],
): Promise<void> {
  await tx.query(sql`
    insert into owner_fields (owner_id, name, ciphertext)
    select ${owner}, * from unnest(${fields.map(({ name }) => name)}::text[],
                                   ${fields.map(({ ciphertext }) => ciphertext)}::bytea[])
    on conflict (owner_id, name) do update
       set ciphertext = excluded.ciphertext, stored_at = bindery_now()`);
}

/** Stores those fields that the owner lacks. */
export async function insertMissingFields(
  tx: Tx,
  owner: OwnerId,
  fields: readonly SealedOwnerField[],
): Promise<void> {
  await tx.query(sql`
    insert into owner_fields (owner_id, name, ciphertext)
    select ${owner}, * from unnest(${fields.map(({ name }) => name)}::text[],
                                   ${fields.map(({ ciphertext }) => ciphertext)}::bytea[])
    on conflict (owner_id, name) do nothing`);
}
