import type { AccountId, CaseId } from '../kernel/ids.ts';

/**
 * Something that a person decides. What is reviewed is named by kind and id, so that the same queue serves binding
 * requests, evidence and appeals (R23).
 */
export interface ReviewCase {
  readonly id: CaseId;
  readonly subject: { readonly kind: SubjectKind; readonly id: string };
  readonly state: 'open' | 'decided';
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly excludedOwners: readonly string[];
  readonly dueAt: Date;
  readonly openedAt: Date;
  readonly decidedBy: AccountId | null;
  readonly decision: 'accept' | 'reject' | null;
  readonly reason: string | null;
}

export type SubjectKind = 'binding_request' | 'evidence';

export interface Reviewer {
  readonly id: AccountId;
  readonly ownerId: string | null;
  readonly roles: readonly string[];
}

export type ReviewRefusal = 'not_a_reviewer' | 'related_party' | 'already_decided' | 'reason_missing' | 'unknown_case';

/** A reviewer neither sees nor decides what concerns their own owner (R23). */
export function mayReview(reviewer: Reviewer, { excludedOwners }: Pick<ReviewCase, 'excludedOwners'>): boolean {
  return reviewer.ownerId === null || !excludedOwners.includes(reviewer.ownerId);
}

export function isReviewer(reviewer: Pick<Reviewer, 'roles'>): boolean {
  return reviewer.roles.includes('reviewer');
}
