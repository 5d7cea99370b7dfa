import type { Result } from '../../kernel/refusals.ts';
import { dropCase } from '../../review/drop-case.ts';
import type { Tx } from '../../store/database.ts';
import type { Evidence, EvidenceRefusalCode } from '../pieces/evidence.ts';
import type { StoredEvidence } from '../pieces/evidence-row.ts';
import { EVIDENCE } from '../pieces/evidence-type.ts';
import { type EvidenceContext, handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { cancelSigning } from '../signings/handle-signing-command.ts';

/** Withdraws a locked piece. Its signing is cancelled and its case is dropped. */
export async function withdrawPiece(
  tx: Tx,
  stored: StoredEvidence,
  context: EvidenceContext,
): Promise<Result<Evidence, EvidenceRefusalCode>> {
  if (EVIDENCE[stored.type].brings === 'signing') await cancelSigning(tx, stored.id);
  await dropCase(
    tx,
    { kind: 'evidence', id: stored.id },
    { by: context.actor, because: 'withdrawn' },
  );
  return await handleEvidenceCommand(tx, stored, { type: 'withdraw', now: stored.now }, context);
}
