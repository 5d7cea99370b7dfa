import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { objectionTo } from '../../review/case.ts';
import { findReviewer } from '../../review/find-reviewer.ts';
import { findOwnerKind } from '../claims/claims.store.ts';
import { type DeclaredField, revealDeclared } from '../claims/reveal-claim.ts';
import { type Track, trackOf } from '../consents/track.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findOpenSigning, findOpenSignings, type OpenSigning } from './signings.store.ts';

/**
 * Signings that a member of staff may schedule or witness (R3). Each view of the list is audited
 * (R23).
 */
export async function openSignings(
  { db }: Pick<EvidenceDeps, 'db'>,
  { reviewer }: { readonly reviewer: AccountId },
): Promise<Result<readonly OpenSigning[], 'not_a_reviewer'>> {
  const who = await findReviewer(db, reviewer);
  if (!who) return refuse('not_a_reviewer', 'EVI-1G0');
  await db.transaction((tx) =>
    appendAudit(tx, { action: 'signings.viewed', subject: 'review', actor: who.id }),
  );
  return ok(await findOpenSignings(db, who));
}

/** Who comes to sign, where and when. */
export interface SigningSheet {
  readonly signing: OpenSigning;
  readonly track: Track;
  readonly declared: readonly DeclaredField[];
}

/**
 * One signing, with the name of who comes to sign. The name is opened for the review, and audited.
 */
export async function viewSigning(
  deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  { evidenceId, reviewer }: { readonly evidenceId: string; readonly reviewer: AccountId },
): Promise<Result<SigningSheet, 'not_a_reviewer' | 'unknown_signing' | 'related_party'>> {
  const who = await findReviewer(deps.db, reviewer);
  if (!who) return refuse('not_a_reviewer', 'EVI-1G1');
  const signing = await findOpenSigning(deps.db, evidenceId);
  if (!signing) return refuse('unknown_signing', 'EVI-1G2');
  const { accountId: applicant, ownerId } = signing;
  if (objectionTo(who, { applicant, excludedOwners: [ownerId], excludedReviewers: [] }))
    return refuse('related_party', 'EVI-1G3');
  await deps.db.transaction((tx) =>
    appendAudit(tx, { action: 'signing.viewed', subject: signing.evidenceId, actor: who.id }),
  );
  const fields = ['name', 'legal_representative'] as const;
  return ok({
    signing,
    track: trackOf(signing.kind, await findOwnerKind(deps.db, applicant)),
    declared: await revealDeclared(deps, { account: applicant, fields, by: who.id }),
  });
}
