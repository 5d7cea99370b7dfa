import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { revealField } from '../../owners/reveal-field.ts';
import { openBytes } from '../../owners/seal-bytes.ts';
import type { ReviewCase } from '../../review/case.ts';
import type { RevealRefusal } from '../claims/reveal-claim.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findCorrectionDocuments, type MaterialDocument } from '../pieces/material.store.ts';
import { type CorrectableField, placeOfCorrection } from './correction.ts';
import { findCorrection } from './corrections.store.ts';

/** What a reviewer compares: the stored value and the new one. */
export interface RevealedCorrection {
  readonly field: CorrectableField;
  /** Null if nothing is stored. */
  readonly kept: string | null;
  readonly wanted: string;
}

/**
 * Both values in clear. The caller has checked that `by` may see them. The audit rows are written
 * first.
 */
export async function revealCorrection(
  deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  { correctionId, by }: { readonly correctionId: string; readonly by: string },
): Promise<Result<RevealedCorrection, 'unknown_correction' | RevealRefusal>> {
  const found = await findCorrection(deps.db, correctionId);
  if (!found?.value) return refuse('unknown_correction', 'EVI-CV0');
  const { ownerId: owner, field, value: sealed } = found;
  const look = { owner, by, purpose: 'correction' } as const;
  const wanted = await openBytes(deps, { ...look, place: placeOfCorrection(found.id), sealed });
  if (!wanted.ok) return wanted;
  const kept = await revealField(deps, { ...look, field });
  if (!kept.ok && kept.refusal.code !== 'no_field') return kept;
  return ok({ field, kept: kept.ok ? kept.value : null, wanted: wanted.value.toString() });
}

/** What a reviewer of a correction sees. */
export interface CorrectionMaterial {
  readonly correction: RevealedCorrection;
  readonly documents: readonly MaterialDocument[];
}

export async function correctionMaterial(
  deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  { found, reviewer }: { readonly found: ReviewCase; readonly reviewer: AccountId },
): Promise<CorrectionMaterial | undefined> {
  const correction = await revealCorrection(deps, { correctionId: found.subject.id, by: reviewer });
  if (!correction.ok) return undefined;
  return {
    correction: correction.value,
    documents: await findCorrectionDocuments(deps.db, found.subject.id),
  };
}
