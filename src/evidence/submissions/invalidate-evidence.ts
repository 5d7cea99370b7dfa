import type { AccountId } from '../../kernel/ids.ts';
import { type Result, refuse } from '../../kernel/refusals.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findRunOut, lockEvidence } from '../pieces/evidence.store.ts';
import type { Evidence, EvidenceRefusalCode } from '../pieces/evidence.ts';
import { handleEach, ROUND } from '../pieces/handle-each.ts';
import { handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { removeDueDocuments } from '../pieces/remove-documents.ts';
import { withdrawPiece } from './withdraw-piece.ts';

type Deps = Pick<EvidenceDeps, 'db' | 'lifetimes'>;

export type InvalidationRefusal = EvidenceRefusalCode | 'unknown_evidence';

/**
 * The owner withdraws a piece. Bindings that rest on it are suspended, and unbinding keeps its
 * usual conditions (R25). Its documents are removed and its case is dropped.
 */
export async function withdrawEvidence(
  deps: Pick<EvidenceDeps, 'db' | 'documents' | 'lifetimes'>,
  { evidenceId, by }: { readonly evidenceId: string; readonly by: AccountId },
): Promise<Result<Evidence, InvalidationRefusal>> {
  const withdrawn = await deps.db.transaction(
    async (tx): Promise<Result<Evidence, InvalidationRefusal>> => {
      const stored = await lockEvidence(tx, evidenceId);
      // somebody else's looks like none
      if (stored?.accountId !== by) return refuse('unknown_evidence', 'EVI-5W0');
      return await withdrawPiece(tx, stored, { actor: by, lifetimes: deps.lifetimes });
    },
  );
  await removeDueDocuments(deps);
  return withdrawn;
}

/** What staff found about evidence that was accepted. */
export const REFUTATION_REASONS = [
  'forged',
  'of_somebody_else',
  'wrongly_accepted',
  'other',
] as const;

export type RefutationReason = (typeof REFUTATION_REASONS)[number];

/** Staff found accepted evidence to be false. Bindings on it end (R5). */
export async function refuteEvidence(
  { db, lifetimes }: Deps,
  {
    evidenceId,
    by,
    because,
  }: {
    readonly evidenceId: string;
    /** Account id, or 'system'. */
    readonly by: string;
    readonly because: RefutationReason;
  },
): Promise<Result<Evidence, InvalidationRefusal>> {
  return await db.transaction(async (tx): Promise<Result<Evidence, InvalidationRefusal>> => {
    const stored = await lockEvidence(tx, evidenceId);
    if (!stored) return refuse('unknown_evidence', 'EVI-5R0');
    const refute = { type: 'refute', now: stored.now } as const;
    return await handleEvidenceCommand(tx, stored, refute, { actor: by, lifetimes, because });
  });
}

/**
 * One round over pieces that ran out. The qualification ended at that moment; this suspends the
 * bindings and sends notices.
 */
export async function expireEvidence({ db, lifetimes }: Deps): Promise<number> {
  const context = { actor: 'system', lifetimes };
  return await handleEach(
    db,
    await findRunOut(db, ROUND),
    async (tx, stored) =>
      await handleEvidenceCommand(tx, stored, { type: 'expire', now: stored.now }, context),
  );
}
