import { findHistory, type HistoryEntry } from '../../audit/audit-log.store.ts';
import type { AccountId } from '../../kernel/ids.ts';
import type { FieldName } from '../../owners/fields.ts';
import { openBytes } from '../../owners/seal-bytes.ts';
import type { ReviewCase } from '../../review/case.ts';
import { findOwnerKind } from '../claims/claims.store.ts';
import { type DeclaredField, revealDeclared } from '../claims/reveal-claim.ts';
import { type Track, trackOf } from '../consents/track.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findAffiliationClaim, placeOfParent } from './affiliation-claims.store.ts';
import { findEvidence, findEvidenceOf } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { findPieceDocuments, type MaterialDocument } from './material.store.ts';

/** What a reviewer compares: what the account claims, and the documents that must show it. */
export interface EvidenceMaterial {
  readonly track: Track;
  readonly piece: StoredEvidence;
  readonly declared: readonly DeclaredField[];
  /** The number of the parent that a subsidiary claims; null for all other pieces. */
  readonly parent: string | null;
  readonly documents: readonly MaterialDocument[];
  /** Other pieces of the account, the oldest first. */
  readonly others: readonly StoredEvidence[];
  /** Reviewers do not see which colleague did it. */
  readonly history: readonly HistoryEntry[];
}

type Keys = Pick<EvidenceDeps, 'db' | 'custody'>;

/**
 * The material of a case for its reviewer. Fields are opened for the review, and each opening is
 * audited (R23).
 */
export async function evidenceMaterial(
  deps: Keys,
  { found, reviewer }: { readonly found: ReviewCase; readonly reviewer: AccountId },
): Promise<EvidenceMaterial | undefined> {
  const piece = await findEvidence(deps.db, found.subject.id);
  if (!piece) return undefined;
  const declared = await revealDeclared(deps, {
    account: piece.accountId,
    fields: COMPARED,
    by: reviewer,
  });
  const others = await findEvidenceOf(deps.db, piece.accountId);
  const { kind } = found;
  return {
    track: trackOf(kind ?? 'personal', await findOwnerKind(deps.db, piece.accountId)),
    piece,
    declared,
    parent: await revealParent(deps, piece, reviewer),
    documents: await findPieceDocuments(deps.db, piece.id),
    others: others.filter(({ id, ownerId }) => id !== piece.id && ownerId === piece.ownerId),
    history: await findHistory(deps.db, piece.id),
  };
}

/** Opened for the review, and audited. */
async function revealParent(
  deps: Keys,
  { id, ownerId: owner }: StoredEvidence,
  by: AccountId,
): Promise<string | null> {
  const claim = await findAffiliationClaim(deps.db, id);
  if (!claim) return null;
  const opened = await openBytes(deps, {
    owner,
    place: placeOfParent(id),
    sealed: claim.number,
    by,
    purpose: 'review',
  });
  return opened.ok ? opened.value.toString() : null;
}

/** No document shows a phone number, and only the bank checks a bank account. */
const COMPARED = ['name', 'number', 'legal_representative'] as const satisfies readonly FieldName[];
