import type { AccountId, FactorId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Factor } from './factor.ts';

/** The public part of an account's factors, the oldest first. */
export async function findFactors(db: Db, account: AccountId): Promise<readonly Factor[]> {
  return await db.query<Factor>(sql`
    select id, kind, name, enrolled_at as "enrolledAt", last_used_at as "lastUsedAt"
      from second_factors where account_id = ${account} order by enrolled_at, id`);
}

export interface Passkey {
  readonly id: FactorId;
  readonly enrolledAt: Date;
  readonly credentialId: Buffer;
  readonly publicKey: Buffer;
  readonly counter: number;
  readonly transports: string[];
}

export async function findPasskeys(db: Db, account: AccountId): Promise<Passkey[]> {
  return await db.query<Passkey>(sql`
    select id, enrolled_at as "enrolledAt", credential_id as "credentialId", public_key as "publicKey", counter, transports
      from second_factors where account_id = ${account} and kind = 'passkey' order by enrolled_at, id`);
}

/** Undefined for a credential of another account. */
export async function lockPasskey(
  tx: Tx,
  account: AccountId,
  credentialId: Buffer,
): Promise<Passkey | undefined> {
  const [row] = await tx.query<Passkey>(sql`
    select id, enrolled_at as "enrolledAt", credential_id as "credentialId", public_key as "publicKey", counter, transports
      from second_factors where account_id = ${account} and credential_id = ${credentialId} for update`);
  return row;
}

/** Finds whose passkey answered, before anybody has said who they are. */
export async function lockPasskeyOfAnybody(
  tx: Tx,
  credentialId: Buffer,
): Promise<(Passkey & { readonly account: AccountId }) | undefined> {
  const [row] = await tx.query<Passkey & { readonly account: AccountId }>(sql`
    select id, account_id as account, enrolled_at as "enrolledAt", credential_id as "credentialId", public_key as "publicKey", counter, transports
      from second_factors where credential_id = ${credentialId} for update`);
  return row;
}

export async function usePasskey(
  tx: Tx,
  { id, counter }: { readonly id: FactorId; readonly counter: number },
): Promise<Date> {
  const [row] = await tx.query<{ at: Date }>(sql`
    update second_factors set counter = ${counter}, last_used_at = bindery_now() where id = ${id} returning last_used_at as at`);
  if (!row) throw new Error('a locked passkey is gone');
  return row.at;
}

export interface App {
  readonly id: FactorId;
  readonly enrolledAt: Date;
  readonly secret: Buffer;
  /** Real time, as on the phone; not business time. */
  readonly nowMs: number;
}

export async function findApp(db: Db, account: AccountId): Promise<App | undefined> {
  const [row] = await db.query<App>(sql`
    select id, enrolled_at as "enrolledAt", secret, (extract(epoch from clock_timestamp()) * 1000)::float8 as "nowMs"
      from second_factors where account_id = ${account} and kind = 'totp'`);
  return row;
}

/** Uses the code of a time step. Undefined if that step or a later one was used before. */
export async function useApp(
  tx: Tx,
  { id, step }: { readonly id: FactorId; readonly step: number },
): Promise<Date | undefined> {
  const [row] = await tx.query<{ at: Date }>(sql`
    update second_factors set last_step = ${step}, last_used_at = bindery_now()
     where id = ${id} and last_step < ${step} returning last_used_at as at`);
  return row?.at;
}

export type NewFactor = {
  readonly id: FactorId;
  readonly account: AccountId;
  readonly name: string;
};

/** False if any account has this credential already. */
export async function insertPasskey(
  tx: Tx,
  factor: NewFactor & Omit<Passkey, 'id' | 'enrolledAt'>,
): Promise<boolean> {
  const { id, account, name, credentialId, publicKey, counter, transports } = factor;
  const rows = await tx.query(sql`
    insert into second_factors (id, account_id, kind, name, credential_id, public_key, counter, transports)
    values (${id}, ${account}, 'passkey', ${name}, ${credentialId}, ${publicKey}, ${counter}, ${transports}::text[])
    on conflict (credential_id) do nothing returning 1`);
  return rows.length === 1;
}

export async function insertApp(
  tx: Tx,
  factor: NewFactor & { readonly secret: Buffer; readonly step: number },
): Promise<void> {
  await tx.query(sql`
    insert into second_factors (id, account_id, kind, name, secret, last_step)
    values (${factor.id}, ${factor.account}, 'totp', ${factor.name}, ${factor.secret}, ${factor.step})`);
}

export async function deleteFactor(
  tx: Tx,
  account: AccountId,
  id: FactorId,
): Promise<Factor | undefined> {
  const [row] = await tx.query<Factor>(sql`
    delete from second_factors where account_id = ${account} and id = ${id}
    returning id, kind, name, enrolled_at as "enrolledAt", last_used_at as "lastUsedAt"`);
  return row;
}

/** Deletes all of them, or all but one; gives how many there were. */
export async function deleteFactors(
  tx: Tx,
  account: AccountId,
  except: FactorId | null = null,
): Promise<number> {
  const rows = await tx.query(sql`
    delete from second_factors where account_id = ${account} and id is distinct from ${except} returning 1`);
  return rows.length;
}
