import type { Db, Tx } from '../store/database.ts';
import { type Statement, sql, together } from '../store/sql.ts';

/** Events that relying parties will hear of (docs/protocol.md#not-there-yet); the SSF streams read them from here in order. */
export type PublicEvent =
  | 'urn:bindery:event:binding-established'
  | 'urn:bindery:event:binding-suspended'
  | 'urn:bindery:event:binding-resumed'
  | 'urn:bindery:event:binding-ended'
  | 'urn:bindery:event:binding-permissions-changed'
  | 'urn:bindery:event:review-decided';

export interface OutboxEvent {
  readonly type: PublicEvent;
  /** The binding or request it is about: order holds within it. */
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

/** Writes event and audit rows in the caller's transaction, so that they exist exactly when the change does. */
export async function appendAudit(
  tx: Tx,
  entry: AuditEntry,
  events: readonly OutboxEvent[] = [],
): Promise<void> {
  await tx.query(together(auditStatements(entry, events)));
}

/** The same, for a store that writes them in one statement with the change itself. */
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

/** Who did this to it, each once. */
export async function findActors(
  db: Db,
  { subject, action }: Pick<AuditEntry, 'subject' | 'action'>,
): Promise<string[]> {
  const rows = await db.query<{ actor: string }>(sql`
    select distinct actor from audit_log where subject = ${subject} and action = ${action} and actor is not null`);
  return rows.map(({ actor }) => actor);
}
