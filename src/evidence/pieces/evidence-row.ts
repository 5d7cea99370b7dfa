import type { AccountId, EvidenceId, OwnerId } from '../../kernel/ids.ts';
import type { Evidence, Examiner, RejectionReason } from './evidence.ts';
import type { EvidenceType } from './evidence-type.ts';
import type { Piece } from './qualification.ts';

export interface EvidenceRow {
  readonly id: EvidenceId;
  readonly account_id: AccountId;
  readonly owner_id: OwnerId;
  readonly type: EvidenceType;
  readonly state: Evidence['state'];
  readonly examiner: Examiner | null;
  readonly reason: RejectionReason | null;
  readonly valid_until: Date | null;
  readonly due_at: Date | null;
  readonly changed_at: Date;
  readonly submitted_at: Date;
  readonly attempts: number;
  readonly confirmed_by: AccountId | null;
  readonly now: Date;
}

/** A piece of evidence as stored: its state, account and owner. */
export interface StoredEvidence extends Piece {
  readonly id: EvidenceId;
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
  /** As the document says, whether accepted or not. */
  readonly validUntil: Date | null;
  /** Until when people decide (R4); null if no person is asked. */
  readonly dueAt: Date | null;
  readonly submittedAt: Date;
  readonly attempts: number;
  /** The proven account whose word it is (R44); null for all other pieces. */
  readonly confirmedBy: AccountId | null;
  /** Business time of the statement that read it. */
  readonly now: Date;
}

export function toStored(row: EvidenceRow): StoredEvidence {
  return {
    id: row.id,
    accountId: row.account_id,
    ownerId: row.owner_id,
    type: row.type,
    evidence: toEvidence(row),
    validUntil: row.valid_until,
    dueAt: row.due_at,
    submittedAt: row.submitted_at,
    attempts: row.attempts,
    confirmedBy: row.confirmed_by,
    now: row.now,
  };
}

function toEvidence({
  id,
  state,
  examiner,
  reason,
  changed_at: at,
  valid_until: validUntil,
}: EvidenceRow): Evidence {
  switch (state) {
    case 'uploaded':
      return { state };
    case 'checking':
      return { state, examiner: present(examiner, id), since: at };
    case 'accepted':
      return { state, examiner: present(examiner, id), acceptedAt: at, validUntil };
    case 'rejected':
      return { state, reason: present(reason, id), rejectedAt: at };
    case 'expired':
      return { state, expiredAt: at };
    case 'withdrawn':
      return { state, withdrawnAt: at };
  }
}

interface Columns {
  readonly state: Evidence['state'];
  readonly examiner: Examiner | null;
  readonly reason: RejectionReason | null;
  readonly validUntil: Date | null;
  readonly changedAt: Date;
}

export function columnsOf(evidence: Evidence): Columns {
  const none = { state: evidence.state, examiner: null, reason: null, validUntil: null };
  switch (evidence.state) {
    case 'uploaded':
      throw new Error('evidence does not become uploaded again');
    case 'checking':
      return { ...none, examiner: evidence.examiner, changedAt: evidence.since };
    case 'accepted':
      return {
        ...none,
        examiner: evidence.examiner,
        validUntil: evidence.validUntil,
        changedAt: evidence.acceptedAt,
      };
    case 'rejected':
      return { ...none, reason: evidence.reason, changedAt: evidence.rejectedAt };
    case 'expired':
      return { ...none, changedAt: evidence.expiredAt };
    case 'withdrawn':
      return { ...none, changedAt: evidence.withdrawnAt };
  }
}

/** The table's checks guarantee it. A row without it is a bug. */
function present<T>(value: T | null, id: EvidenceId): T {
  if (value === null) throw new Error(`evidence ${id} has no value that its state needs`);
  return value;
}
