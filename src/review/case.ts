import type { Kind } from '../accounts/account.ts';
import type { AccountId, CaseId, OwnerId } from '../kernel/ids.ts';

export type SubjectKind = 'binding_request' | 'evidence' | 'correction';
export type CaseDecision = 'accept' | 'reject';

/**
 * Something that people decide. What is reviewed is named by kind and id, so that the same queue serves binding requests,
 * evidence, corrections and appeals (R23).
 */
export interface ReviewCase {
  readonly id: CaseId;
  readonly subject: { readonly kind: SubjectKind; readonly id: string };
  /** `dropped`: what it was about is over, and nobody need decide any more. */
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
  /** A look or an opinion from before counts no more. */
  readonly changedAt: Date;
  readonly escalatedAt: Date | null;
  readonly decidedAt: Date | null;
  readonly decision: CaseDecision | null;
  /** Whose opinion was the telling one, and what they gave as their reason. */
  readonly decidedBy: AccountId | null;
  readonly reason: string | null;
  /** All of them once it is decided; before, a reviewer's own alone. */
  readonly opinions: readonly Opinion[];
}

export interface Opinion {
  readonly by: AccountId;
  readonly decision: CaseDecision;
  readonly reason: string;
  readonly at: Date;
}

export interface Appeal {
  /** The case whose decision is appealed against; null: an automatic decision. */
  readonly of: CaseId | null;
  /** What the reviewer of that case gave as their reason. */
  readonly reason: string | null;
  /** What the applicant says. */
  readonly text: string;
}

export interface Reviewer {
  readonly id: AccountId;
  readonly ownerId: OwnerId | null;
  /** The reviewer's own owner, relatives on record, and organisations that it belongs to or that belong to it. */
  readonly related: readonly OwnerId[];
}

export type ReviewRefusal =
  | 'not_a_reviewer'
  | 'unknown_case'
  | 'related_party'
  | 'own_decision' // an appeal against what this reviewer decided
  | 'not_looked_at'
  | 'second_person_needed'
  | 'already_decided'
  | 'reason_missing';

/** Undefined when nothing stands between this reviewer and the case (R23). */
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
