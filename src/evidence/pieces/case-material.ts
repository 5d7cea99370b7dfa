import type { AccountId } from '../../kernel/ids.ts';
import type { FieldName } from '../../owners/fields.ts';
import type { ReviewCase } from '../../review/case.ts';
import { revealClaim } from '../claims/reveal-claim.ts';
import { type RevealedCorrection, revealCorrection } from '../corrections/reveal-correction.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findEvidence, findEvidenceOf } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';
import {
  findCorrectionDocuments,
  findHistory,
  findPieceDocuments,
  type HistoryEntry,
  type MaterialDocument,
} from './material.store.ts';

export interface DeclaredField {
  readonly field: FieldName;
  readonly value: string;
}

/** What a reviewer compares: what the account says of itself, and the documents that are to show it. */
export interface EvidenceMaterial {
  readonly piece: StoredEvidence;
  readonly declared: readonly DeclaredField[];
  readonly documents: readonly MaterialDocument[];
  /** What else the account brought, the oldest first. */
  readonly others: readonly StoredEvidence[];
  readonly history: readonly HistoryEntry[];
}

export interface CorrectionMaterial {
  readonly correction: RevealedCorrection;
  readonly documents: readonly MaterialDocument[];
}

type Keys = Pick<EvidenceDeps, 'db' | 'custody'>;

/** The material of a case that its reviewer was let see. Fields are opened for the review, each opening on record (R23). */
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
  return {
    piece,
    declared,
    documents: await findPieceDocuments(deps.db, piece.id),
    others: others.filter(({ id, ownerId }) => id !== piece.id && ownerId === piece.ownerId),
    history: await findHistory(deps.db, piece.id),
  };
}

export async function correctionMaterial(
  deps: Keys,
  { found, reviewer }: { readonly found: ReviewCase; readonly reviewer: AccountId },
): Promise<CorrectionMaterial | undefined> {
  const correction = await revealCorrection(deps, { correctionId: found.subject.id, by: reviewer });
  if (!correction.ok) return undefined;
  return {
    correction: correction.value,
    documents: await findCorrectionDocuments(deps.db, found.subject.id),
  };
}

/** No document shows a telephone number, and a bank account is for the bank. */
const COMPARED = ['name', 'number', 'legal_representative'] as const satisfies readonly FieldName[];

export async function revealDeclared(
  deps: Keys,
  {
    account,
    fields,
    by,
  }: { readonly account: AccountId; readonly fields: readonly FieldName[]; readonly by: AccountId },
): Promise<DeclaredField[]> {
  const declared: DeclaredField[] = [];
  for (const field of fields) {
    const revealed = await revealClaim(deps, { account, field, by, purpose: 'review' });
    if (revealed.ok) declared.push({ field, value: revealed.value });
  }
  return declared;
}
