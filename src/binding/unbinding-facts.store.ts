import type { AccountId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** What keeps a sub bound (R25), as the platform last reported it. */
export async function findUnbindingFacts(
  db: Db,
  account: AccountId,
): Promise<{ readonly unsettledOrders: number; readonly live: boolean }> {
  const [row] = await db.query<{ unsettled: number; live: boolean }>(sql`
    select (select count(*) from orders
             where account_id = ${account} and settled_at is null)::int as unsettled,
           exists (select 1 from live_broadcasts
                    where account_id = ${account} and ended_at is null) as live`);
  return { unsettledOrders: row?.unsettled ?? 0, live: row?.live ?? false };
}

/** An order of the account that is not settled, as the platform reports it. */
export async function insertOrder(
  tx: Tx,
  {
    id,
    account,
    openedAt,
  }: { readonly id: string; readonly account: AccountId; readonly openedAt: Date },
): Promise<void> {
  await tx.query(
    sql`insert into orders (id, account_id, opened_at) values (${id}, ${account}, ${openedAt})`,
  );
}

/** A broadcast of the account that is live, as the platform reports it. */
export async function insertBroadcast(
  tx: Tx,
  {
    id,
    account,
    startedAt,
  }: { readonly id: string; readonly account: AccountId; readonly startedAt: Date },
): Promise<void> {
  await tx.query(
    sql`insert into live_broadcasts (id, account_id, started_at) values (${id}, ${account}, ${startedAt})`,
  );
}
