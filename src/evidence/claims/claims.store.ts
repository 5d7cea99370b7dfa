import type { AccountId, OwnerId } from '../../kernel/ids.ts';
import type { FieldName } from '../../owners/fields.ts';
import type { Owner } from '../../owners/owner.ts';
import type { SealedOwnerField } from '../../owners/owner-fields.store.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';

/**
 * Whom an account says it belongs to. The typed values are sealed. `fields` are the stored ones;
 * none are left once the claim is proven.
 */
export interface StoredClaim {
  readonly owner: OwnerId;
  readonly claimedAt: Date;
  readonly fields: readonly FieldName[];
}

/** One typed value, sealed for the claim and for the owner it moves to once it is proven. */
export interface SealedField {
  readonly name: FieldName;
  readonly ciphertext: Buffer;
  readonly forOwner: Buffer;
  readonly digest: Buffer;
}

export async function findClaim(db: Db, account: AccountId): Promise<StoredClaim | undefined> {
  const [row] = await db.query<StoredClaim>(sql`
    select c.owner_id as owner, c.claimed_at as "claimedAt",
           array(select f.name from account_claim_fields f where f.account_id = c.account_id order by f.name) as fields
      from account_claims c where c.account_id = ${account}`);
  return row;
}

/** The kind of the owner that an account is proven to have, or else claims. */
export async function findOwnerKind(
  db: Db,
  account: AccountId,
): Promise<Owner['kind'] | undefined> {
  const [row] = await db.query<{ kind: Owner['kind'] }>(sql`
    select o.kind from account_cards a left join account_claims c on c.account_id = a.id
      join present_owners o on o.id = coalesce(a.owner_id, c.owner_id) where a.id = ${account}`);
  return row?.kind;
}

export async function findClaimField(
  db: Db,
  account: AccountId,
  field: FieldName,
): Promise<{ readonly owner: OwnerId; readonly ciphertext: Buffer } | undefined> {
  const [row] = await db.query<{ owner: OwnerId; ciphertext: Buffer }>(sql`
    select c.owner_id as owner, f.ciphertext from account_claim_fields f join account_claims c using (account_id)
     where f.account_id = ${account} and f.name = ${field}`);
  return row;
}

/** Keyed hashes of the typed values. They show what changed without opening anything. */
export async function findDigests(
  tx: Tx,
  account: AccountId,
): Promise<ReadonlyMap<FieldName, Buffer>> {
  const rows = await tx.query<{ name: FieldName; digest: Buffer }>(sql`
    select name, digest from account_claim_fields where account_id = ${account}`);
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}

/** Under the account's lock. The previous claim is deleted. */
export async function replaceClaim(
  tx: Tx,
  account: AccountId,
  owner: OwnerId,
  fields: readonly SealedField[],
): Promise<void> {
  await tx.query(sql`
    insert into account_claims (account_id, owner_id) values (${account}, ${owner})
    on conflict (account_id) do update set owner_id = excluded.owner_id, claimed_at = bindery_now(), proven_at = null`);
  await tx.query(sql`delete from account_claim_fields where account_id = ${account}`);
  await tx.query(sql`
    insert into account_claim_fields (account_id, name, ciphertext, for_owner, digest)
    select ${account}, * from unnest(${fields.map(({ name }) => name)}::text[], ${fields.map(({ ciphertext }) => ciphertext)}::bytea[],
                                     ${fields.map(({ forOwner }) => forOwner)}::bytea[], ${fields.map(({ digest }) => digest)}::bytea[])`);
}

/**
 * Evidence has proved the claim. Deletes its values and returns them, sealed for the owner, whose
 * fields they become.
 */
export async function takeProvenFields(
  tx: Tx,
  account: AccountId,
  owner: OwnerId,
): Promise<readonly SealedOwnerField[]> {
  return await tx.query<SealedOwnerField>(sql`
    with proven as (
      update account_claims set proven_at = bindery_now() where account_id = ${account} and owner_id = ${owner} and proven_at is null
      returning account_id
    )
    delete from account_claim_fields where account_id in (select account_id from proven)
    returning name, for_owner as ciphertext`);
}

export async function deleteClaim(tx: Tx, account: AccountId): Promise<void> {
  await tx.query(sql`delete from account_claims where account_id = ${account}`);
}

/**
 * Accounts other than `except` that are proven to be the owner's, claim to be, or have evidence
 * that counts.
 */
export async function findAccountsAround(
  tx: Tx,
  owner: OwnerId,
  except: AccountId | null = null,
): Promise<AccountId[]> {
  const rows = await tx.query<{ id: AccountId }>(sql`
    select id from (
      select id from account_cards where owner_id = ${owner}
      union select account_id from account_claims where owner_id = ${owner}
      union select account_id from evidence where owner_id = ${owner} and state in ('uploaded', 'checking', 'accepted')
    ) around where id is distinct from ${except} order by id`);
  return rows.map(({ id }) => id);
}
