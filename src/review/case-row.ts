import type { Kind } from '../accounts/account.ts';
import type { AccountId, CaseId, OwnerId } from '../kernel/ids.ts';
import type { CaseDecision, ReviewCase, SubjectKind } from './case.ts';

export interface CaseRow {
  readonly id: CaseId;
  readonly subject_kind: SubjectKind;
  readonly subject_id: string;
  readonly state: ReviewCase['state'];
  readonly applicant: AccountId | null;
  readonly kind: Kind | null;
  readonly four_eyes: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly excluded_owners: OwnerId[];
  readonly excluded_reviewers: AccountId[];
  readonly appeal_text: Buffer | null;
  readonly appeal_of: CaseId | null;
  readonly due_at: Date;
  readonly opened_at: Date;
  readonly changed_at: Date;
  readonly escalated_at: Date | null;
  readonly decided_by: AccountId | null;
  readonly decision: CaseDecision | null;
  readonly reason: string | null;
  readonly decided_at: Date | null;
}

/** A case whose texts are sealed. */
export interface StoredCase extends Omit<ReviewCase, 'appeal' | 'reason' | 'opinions'> {
  readonly appeal: { readonly of: CaseId | null; readonly sealed: Buffer } | null;
  /** The reason, if the case was decided before reasons were sealed. */
  readonly plainReason: string | null;
}

export function toCase(row: CaseRow): StoredCase {
  return {
    id: row.id,
    subject: { kind: row.subject_kind, id: row.subject_id },
    state: row.state,
    applicant: row.applicant,
    kind: row.kind,
    fourEyes: row.four_eyes,
    evidence: row.evidence,
    excludedOwners: row.excluded_owners,
    excludedReviewers: row.excluded_reviewers,
    appeal: row.appeal_text && { of: row.appeal_of, sealed: row.appeal_text },
    dueAt: row.due_at,
    openedAt: row.opened_at,
    changedAt: row.changed_at,
    escalatedAt: row.escalated_at,
    decidedBy: row.decided_by,
    decision: row.decision,
    plainReason: row.reason,
    decidedAt: row.decided_at,
  };
}
