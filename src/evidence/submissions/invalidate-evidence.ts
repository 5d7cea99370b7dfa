import type { AccountId } from '../../kernel/ids.ts';
import { type Result, refuse } from '../../kernel/refusals.ts';
import type { Database } from '../../store/database.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findRunOut, lockEvidence } from '../pieces/evidence.store.ts';
import type { Evidence, EvidenceRefusalCode } from '../pieces/evidence.ts';
import { handleEach, ROUND } from '../pieces/handle-each.ts';
import { handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { removeDueDocuments } from '../pieces/remove-documents.ts';
import { withdrawPiece } from './withdraw-piece.ts';

interface Deps {
  readonly db: Database;
}

export type InvalidationRefusal = EvidenceRefusalCode | 'unknown_evidence';

/**
 * The owner takes a piece back. What rests on it is suspended, and unbinding is asked for as ever (R25); its documents are
 * removed, and nobody need judge it any more.
 */
export async function withdrawEvidence(
  deps: Pick<EvidenceDeps, 'db' | 'documents'>,
  { evidenceId, by }: { readonly evidenceId: string; readonly by: AccountId },
): Promise<Result<Evidence, InvalidationRefusal>> {
  const withdrawn = await deps.db.transaction(
    async (tx): Promise<Result<Evidence, InvalidationRefusal>> => {
      const stored = await lockEvidence(tx, evidenceId);
      if (stored?.accountId !== by) return refuse('unknown_evidence', 'EVI-5W0'); // another's is not told from none
      return await withdrawPiece(tx, stored, by);
    },
  );
  await removeDueDocuments(deps);
  return withdrawn;
}

/** A member of staff found accepted evidence to be false; what was bound on it ends (R5). */
export async function refuteEvidence(
  { db }: Deps,
  { evidenceId, by }: { readonly evidenceId: string; readonly by: AccountId },
): Promise<Result<Evidence, InvalidationRefusal>> {
  return await db.transaction(async (tx): Promise<Result<Evidence, InvalidationRefusal>> => {
    const stored = await lockEvidence(tx, evidenceId);
    if (!stored) return refuse('unknown_evidence', 'EVI-5R0');
    return await handleEvidenceCommand(tx, stored, { type: 'refute', now: stored.now }, by);
  });
}

/** One round over what has run out. The qualification ended at the very moment; this suspends the bindings and tells why. */
export async function expireEvidence({ db }: Deps): Promise<number> {
  return await handleEach(
    db,
    await findRunOut(db, ROUND),
    async (tx, stored) =>
      await handleEvidenceCommand(tx, stored, { type: 'expire', now: stored.now }, 'system'),
  );
}
