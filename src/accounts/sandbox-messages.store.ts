import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { ContactKind } from './contact.ts';
import type { Message } from './ports/message-sender.ts';

export async function insertSandboxMessage(
  db: Db,
  { id, kind, to, subject, text }: Message & { readonly kind: ContactKind },
): Promise<void> {
  await db.query(sql`
    insert into sandbox_messages (message_id, kind, recipient, subject, body)
    values (${id}, ${kind}, ${to}, ${subject}, ${text})`);
}

export interface DeliveredMessage {
  readonly kind: ContactKind;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly at: Date;
}

/** Those of the last hour, a hundred at most, the newest first. */
export async function findSandboxMessages(db: Db): Promise<DeliveredMessage[]> {
  return await db.query<DeliveredMessage>(sql`
    select kind, recipient as "to", subject, body as text, delivered_at as at
      from sandbox_messages where delivered_at > now() - interval '1 hour'
     order by delivered_at desc limit 100`);
}

export async function deleteOldSandboxMessages(db: Db, batch: number): Promise<number> {
  const rows = await db.query(sql`
    delete from sandbox_messages where ctid = any(array(
      select ctid from sandbox_messages where delivered_at < now() - interval '1 day'
       limit ${batch}::int for update skip locked)) returning 1`);
  return rows.length;
}
