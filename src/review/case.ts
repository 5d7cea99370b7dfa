import type { Kind } from '../accounts/account.ts';
import type { AccountId, CaseId, OwnerId } from '../kernel/ids.ts';

export type SubjectKind = 'binding_request' | 'evidence' | 'correction';
export type CaseDecision = 'accept' | 'reject';

/**
 * Something that people decide. Its subject is named by kind and id, so that one queue serves
 * binding requests, evidence, corrections and appeals (R23).
 */
export interface ReviewCase {
  readonly id: CaseId;
  readonly subject: { readonly kind: SubjectKind; readonly id: string };
  /** `dropped`: the subject is over, so nobody has to decide. */
  readonly state: 'open' | 'decided' | 'dropped';
  /** Whose account it is about, and of which kind. */
  readonly applicant: AccountId | null;
  readonly kind: Kind | null;
  /** An acceptance takes two reviewers. */
  readonly fourEyes: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly excludedOwners: readonly OwnerId[];
  readonly excludedReviewers: readonly AccountId[];
  readonly appeal: Appeal | null;
  readonly dueAt: Date;
  readonly openedAt: Date;
  /** Inspections and opinions from before do not count. */
  readonly changedAt: Date;
  readonly escalatedAt: Date | null;
  readonly decidedAt: Date | null;
  readonly decision: CaseDecision | null;
  /** Who decided it, and the reason that they gave. */
  readonly decidedBy: AccountId | null;
  readonly reason: string | null;
  /** All of them once it is decided; before, only the reviewer's own. */
  readonly opinions: readonly Opinion[];
}

export interface Opinion {
  readonly by: AccountId;
  readonly decision: CaseDecision;
  readonly reason: string;
  readonly at: Date;
}

export interface Appeal {
  /** The case whose decision is appealed against. Null: the policy decided. */
  readonly of: CaseId | null;
  /** The reason of that decision. */
  readonly reason: string | null;
  /** The applicant's text. */
  readonly text: string;
}

export interface Reviewer {
  readonly id: AccountId;
  readonly ownerId: OwnerId | null;
  /** The reviewer's owner, recorded relatives, and organisations above or below it. */
  readonly related: readonly OwnerId[];
}

export type ReviewRefusal =
  | 'not_a_reviewer'
  | 'unknown_case'
  | 'related_party'
  | 'own_decision' // an appeal against this reviewer's own decision
  | 'not_looked_at'
  | 'second_person_needed'
  | 'already_decided'
  | 'reason_missing';

/** Undefined: this reviewer may see and decide the case (R23). */
export function objectionTo(
  { id, related }: Reviewer,
  {
    applicant,
    excludedOwners,
    excludedReviewers,
  }: Pick<ReviewCase, 'applicant' | 'excludedOwners' | 'excludedReviewers'>,
): 'related_party' | 'own_decision' | undefined {
  if (applicant === id || excludedOwners.some((owner) => related.includes(owner)))
    return 'related_party';
  return excludedReviewers.includes(id) ? 'own_decision' : undefined;
}
