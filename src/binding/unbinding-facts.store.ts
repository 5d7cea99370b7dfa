import type { AccountId } from '../kernel/ids.ts';
import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** What keeps a sub bound (R25), as the platform last reported it. */
export async function findUnbindingFacts(
  db: Db,
  account: AccountId,
): Promise<{ readonly unsettledOrders: number; readonly live: boolean }> {
  const [row] = await db.query<{ unsettled: number; live: boolean }>(sql`
    select (select count(*) from orders where account_id = ${account} and settled_at is null)::int as unsettled,
           exists (select 1 from live_broadcasts where account_id = ${account} and ended_at is null) as live`);
  return { unsettledOrders: row?.unsettled ?? 0, live: row?.live ?? false };
}
