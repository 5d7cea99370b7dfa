import type { Db, Tx } from '../store/database.ts';
import { type Statement, sql, together } from '../store/sql.ts';

/** Events for relying parties (docs/protocol.md#not-there-yet). Streams read them in this order. */
export type PublicEvent =
  | 'urn:bindery:event:binding-established'
  | 'urn:bindery:event:binding-suspended'
  | 'urn:bindery:event:binding-resumed'
  | 'urn:bindery:event:binding-ended'
  | 'urn:bindery:event:binding-permissions-changed'
  | 'urn:bindery:event:review-decided';

export interface OutboxEvent {
  readonly type: PublicEvent;
  /** The binding or request that it is about. Events of one stream keep their order. */
  readonly stream: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface AuditEntry {
  readonly action: string;
  readonly subject: string;
  /** Account id, client id, or 'system'. */
  readonly actor: string | null;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** Writes audit row and events in the caller's transaction, with the change that they record. */
export async function appendAudit(
  tx: Tx,
  entry: AuditEntry,
  events: readonly OutboxEvent[] = [],
): Promise<void> {
  await tx.query(together(auditStatements(entry, events)));
}

/**
 * Writes the audit row of what changed nothing: a refusal. Nothing commits with it, so it needs no
 * transaction.
 */
export async function recordRefusal(db: Db, entry: AuditEntry): Promise<void> {
  await db.query(together(auditStatements(entry)));
}

/** The same as statements, for a store that writes them together with the change. */
export function auditStatements(
  entry: AuditEntry,
  events: readonly OutboxEvent[] = [],
): [Statement, ...Statement[]] {
  const audit = sql`
    insert into audit_log (action, subject, actor, detail)
    values (${entry.action}, ${entry.subject}, ${entry.actor}, ${JSON.stringify(entry.detail ?? {})})`;
  if (events.length === 0) return [audit];
  const published = sql`
    insert into events (type, stream, data)
    select type, stream, data from jsonb_to_recordset(${JSON.stringify(events)}::jsonb) as e (type text, stream text, data jsonb)`;
  return [published, audit];
}

/** The actors of an action on a subject, each once. */
export async function findActors(
  db: Db,
  { subject, action }: Pick<AuditEntry, 'subject' | 'action'>,
): Promise<string[]> {
  const rows = await db.query<{ actor: string }>(sql`
    select distinct actor from audit_log where subject = ${subject} and action = ${action} and actor is not null`);
  return rows.map(({ actor }) => actor);
}

/** What happened to something, and when; not who did it. */
export interface HistoryEntry {
  readonly action: string;
  readonly at: Date;
}

/** The audit log of a subject, the oldest first. */
export async function findHistory(db: Db, subject: string): Promise<HistoryEntry[]> {
  return await db.query<HistoryEntry>(
    sql`select action, at from audit_log where subject = ${subject} order by seq`,
  );
}
