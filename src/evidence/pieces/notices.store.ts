import type { AccountId, BindingId, BindingRequestId, EvidenceId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';

/** A notice to an owner (R5). Pages have a sentence for each `reason`. */
export interface Notice {
  readonly accountId: AccountId;
  readonly what: NoticeKind;
  readonly reason: string | null;
  readonly evidenceId: EvidenceId | null;
  readonly bindingId: BindingId | null;
  /** The refused binding request that an appeal was about. */
  readonly requestId?: BindingRequestId | null;
}

export type NoticeKind =
  | 'evidence.accepted'
  | 'evidence.rejected'
  | 'evidence.expired'
  | 'evidence.withdrawn'
  | 'account.confirmed'
  | 'account.lapsed'
  | 'affiliation.verified'
  | 'affiliation.impossible'
  | 'binding.imported'
  | 'binding.kept'
  | 'binding.suspended'
  | 'binding.resumed'
  | 'binding.ended'
  | 'binding.moved'
  | 'correction.accepted'
  | 'correction.rejected'
  | 'appeal.upheld'
  | 'appeal.dismissed'
  | 'factor.enrolled'
  | 'factor.removed'
  | 'factor.reset'
  | 'password.changed'
  | 'password.reset'
  | 'contact.added'
  | 'contact.removed';

export async function tell(tx: Tx, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  await tx.query(sql`
    insert into owner_notices (account_id, what, reason, evidence_id, binding_id, request_id)
    select "accountId", what, reason, "evidenceId", "bindingId", "requestId"
      from jsonb_to_recordset(${JSON.stringify(notices)}::jsonb)
        as n("accountId" text, what text, reason text, "evidenceId" text, "bindingId" text, "requestId" text)`);
}

export interface ToldNotice extends Notice {
  readonly seq: number;
  readonly at: Date;
  readonly readAt: Date | null;
}

/** The newest first. */
export async function findNotices(db: Db, account: AccountId, most = 50): Promise<ToldNotice[]> {
  return await db.query<ToldNotice>(sql`
    select seq, account_id as "accountId", what, reason, evidence_id as "evidenceId", binding_id as "bindingId", request_id as "requestId", at, read_at as "readAt"
      from owner_notices where account_id = ${account} order by seq desc limit ${most}`);
}

export async function countUnread(db: Db, account: AccountId): Promise<number> {
  const [row] = await db.query<{ count: number }>(sql`
    select count(*)::int as count from owner_notices where account_id = ${account} and read_at is null`);
  return row?.count ?? 0;
}

/** Marks notices up to `seq`, the newest that was shown. Newer ones stay unread. */
export async function markNoticesRead(db: Db, account: AccountId, seq: number): Promise<void> {
  await db.query(sql`
    update owner_notices set read_at = bindery_now() where account_id = ${account} and seq <= ${seq} and read_at is null`);
}
