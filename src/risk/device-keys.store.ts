import type { Lifetimes } from '../lifetimes.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import { keyedBytes } from './bytes.ts';
import type { ObservedDevice } from './device.ts';

/** Most keys noted of one browser name. A browser makes one key and rarely another. */
const MOST_KEYS = 8;

/**
 * Records the proof that came with a form and the key that it proved. Returns the device with its
 * key, or without one if the challenge was signed before. A form without a proof costs no
 * statement.
 */
export async function consumeKeyProof(db: Db, seen: ObservedDevice): Promise<ObservedDevice> {
  if (!seen.proof) return seen;
  const [device, key, nonce] = [
    keyedBytes(seen.device),
    keyedBytes(seen.proof.key),
    keyedBytes(seen.proof.nonce),
  ];
  const [row] = await db.query<{ fresh: boolean }>(sql`
    with used as (
           insert into device_nonces (nonce, expires_at) values (${nonce}, ${seen.proof.nonceUntil}) on conflict do nothing returning 1),
         noted as (
           insert into device_keys as k (device, key, first_at, last_at)
           select ${device}::bytea, ${key}::bytea, now, now from (select bindery_now() as now offset 0) clock, used
            where exists (select 1 from device_keys where device = ${device} and key = ${key})
               or (select count(*) from device_keys where device = ${device}) < ${MOST_KEYS}
           on conflict (device, key) do update set last_at = greatest(k.last_at, excluded.last_at))
    select exists (select 1 from used) as fresh`);
  return row?.fresh ? seen : { ...seen, proof: null };
}

/** Deletes keys that were last shown as long ago as the signals that are dropped. */
export async function deleteOldKeys(
  { db, lifetimes: { risk } }: { readonly db: Db; readonly lifetimes: Lifetimes },
  batch: number,
): Promise<number> {
  const rows = await db.query(sql`
    delete from device_keys where ctid = any(array(
      select ctid from device_keys where last_at < bindery_now() - make_interval(months => ${risk.signalMonths}::int)
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}

export async function deleteOldNonces(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from device_nonces where ctid = any(array(
      select ctid from device_nonces where expires_at < now()
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}
