import type { Db } from '../store/database.ts';
import { sql } from '../store/sql.ts';

export interface AuditRow {
  readonly seq: number;
  readonly at: Date;
  readonly action: string;
  readonly subject: string;
  readonly actor: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

interface Asked {
  readonly after: number;
  readonly most: number;
  /** One action alone; null: all. */
  readonly action: string | null;
}

/** The audit log in its order, after a row of it. */
export async function listAudit(db: Db, { after, most, action }: Asked): Promise<AuditRow[]> {
  return await db.query<AuditRow>(sql`
    select seq, at, action, subject, actor, detail from audit_log
     where seq > ${after}::bigint and action = coalesce(${action}, action) order by seq limit ${most}`);
}

/** The same of one subject. */
export async function listAuditOf(
  db: Db,
  subject: string,
  { after, most, action }: Asked,
): Promise<AuditRow[]> {
  return await db.query<AuditRow>(sql`
    select seq, at, action, subject, actor, detail from audit_log
     where subject = ${subject} and seq > ${after}::bigint and action = coalesce(${action}, action)
     order by seq limit ${most}`);
}
