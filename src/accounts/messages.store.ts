import type { Db } from '../store/database.ts';
import { jobStatement } from '../store/jobs.store.ts';
import { type Statement, sql, together } from '../store/sql.ts';
import type { ContactKind } from './contact.ts';

export interface StoredMessage {
  readonly id: string;
  readonly kind: ContactKind;
  /** Sealed. */
  readonly content: Buffer;
  readonly toNobody: boolean;
}

export interface NewMessage extends StoredMessage {
  readonly lifetimeSeconds: number;
}

/** The message and the job that sends it, for a store that writes them with their cause. */
export function messageStatements(message: NewMessage): [Statement, Statement] {
  const { id, kind, content, toNobody, lifetimeSeconds } = message;
  return [
    sql`
    insert into outgoing_messages (id, kind, content, to_nobody, expires_at)
    values (${id}, ${kind}, ${content}, ${toNobody}, clock_timestamp() + make_interval(secs => ${lifetimeSeconds}))`,
    jobStatement({ task: 'send-messages', cause: id }),
  ];
}

export async function insertMessage(db: Db, message: NewMessage): Promise<void> {
  await db.query(together(messageStatements(message)));
}

/** `over`: it would come too late to be of use. */
export interface DueMessage extends StoredMessage {
  readonly over: boolean;
}

/**
 * Takes due messages. Nobody else gets them for a while that doubles with every try, 3 s to 5 min.
 */
export async function takeDueMessages(db: Db, most: number): Promise<DueMessage[]> {
  return await db.query<DueMessage>(sql`
    update outgoing_messages set tries = tries + 1,
           next_try_at = clock_timestamp() + least(power(2, least(tries, 8)) * 3, 300) * interval '1 second'
     where id = any(array(
      select id from outgoing_messages where next_try_at <= now()
       order by next_try_at limit ${most}::int for update skip locked))
    returning id, kind, content, to_nobody as "toNobody", expires_at <= now() as over`);
}

export async function deleteMessage(db: Db, id: string): Promise<void> {
  await db.query(sql`delete from outgoing_messages where id = ${id}`);
}

/** Real seconds until the next message is due; undefined where none waits. */
export async function secondsToNextMessage(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select greatest(extract(epoch from next_try_at - clock_timestamp()), 0)::float8 as seconds
      from outgoing_messages where next_try_at < now() + interval '10 minutes' order by next_try_at limit 1`);
  return row?.seconds;
}
