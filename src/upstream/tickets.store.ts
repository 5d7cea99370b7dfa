import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

export type TicketPurpose = 'sent' | 'answered' | 'start' | 'spent';

interface Ticket {
  readonly purpose: TicketPurpose;
  /** Keyed hash of what the holder shows. */
  readonly key: Buffer;
  /** Whose browser it belongs to; null: whoever opens it first. */
  readonly browser: Buffer | null;
}

/** False: there is one with this key already. */
export async function insertTicket(
  db: Db,
  {
    purpose,
    key,
    browser,
    sealed,
    lifetimeSeconds,
  }: Ticket & { readonly sealed: string; readonly lifetimeSeconds: number },
): Promise<boolean> {
  const rows = await db.query(sql`
    insert into upstream_tickets (purpose, key, browser, sealed, expires_at)
    values (${purpose}, ${key}, ${browser}, ${sealed}, bindery_now() + make_interval(secs => ${lifetimeSeconds}))
    on conflict do nothing returning 1`);
  return rows.length === 1;
}

/** What it says, once and only for its browser; undefined afterwards and for everybody else. */
export async function deleteTicket(
  db: Db,
  { purpose, key, browser }: Ticket,
): Promise<string | undefined> {
  const [row] = await db.query<{ sealed: string }>(sql`
    delete from upstream_tickets
     where purpose = ${purpose} and key = ${key} and browser is not distinct from ${browser}::bytea
       and expires_at > bindery_clock() returning sealed`);
  return row?.sealed;
}

export async function deleteOldTickets(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from upstream_tickets where ctid = any(array(
      select ctid from upstream_tickets where expires_at < bindery_now()
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}
