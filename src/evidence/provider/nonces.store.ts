import type { Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { EvidenceDeps } from '../deps.ts';

/** False if it came before. */
export async function rememberNonce(tx: Tx, nonce: string): Promise<boolean> {
  const rows = await tx.query(
    sql`insert into callback_nonces (nonce) values (${nonce}) on conflict do nothing returning 1`,
  );
  return rows.length === 1;
}

/** Deletes nonces of messages that are too old to be accepted anyway. */
export async function deleteOldNonces(
  { db, lifetimes: { evidence } }: Pick<EvidenceDeps, 'db' | 'lifetimes'>,
  batch: number,
): Promise<number> {
  const rows = await db.query(sql`
    delete from callback_nonces where ctid = any(array(
      select ctid from callback_nonces where received_at < now() - make_interval(secs => ${evidence.callbackNonce})
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}
