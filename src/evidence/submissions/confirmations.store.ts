import type { AccountId, OwnerId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';

/** An account that waits for the word of a proven account of the owner that it claims (R44). */
export interface Waiting {
  readonly account: AccountId;
  readonly owner: OwnerId;
}

/** An earlier code of the account is replaced. */
export async function putConfirmationCode(
  tx: Tx,
  { account, owner }: Waiting,
  { hash, lifetimeSeconds }: { readonly hash: Buffer; readonly lifetimeSeconds: number },
): Promise<void> {
  await tx.query(sql`
    insert into confirmation_codes (account_id, owner_id, code_hash, expires_at)
    values (${account}, ${owner}, ${hash}, bindery_now() + make_interval(secs => ${lifetimeSeconds}))
    on conflict (account_id) do update
       set owner_id = excluded.owner_id, code_hash = excluded.code_hash, expires_at = excluded.expires_at`);
}

export async function findWaiting(db: Db, hash: Buffer): Promise<Waiting | undefined> {
  const [row] = await db.query<Waiting>(sql`
    select account_id as account, owner_id as owner from confirmation_codes
     where code_hash = ${hash} and expires_at > bindery_now()`);
  return row;
}

/** Uses up a code. False if it is not valid any more. Under the locks of owner and account. */
export async function takeConfirmationCode(tx: Tx, hash: Buffer): Promise<boolean> {
  const rows = await tx.query(sql`
    delete from confirmation_codes where code_hash = ${hash} and expires_at > bindery_clock() returning 1`);
  return rows.length > 0;
}

/** Codes that ran out. */
export async function deleteOldConfirmationCodes(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from confirmation_codes where account_id = any(array(
      select account_id from confirmation_codes where expires_at <= bindery_now() limit ${batch} for update skip locked))
    returning 1`);
  return rows.length;
}
