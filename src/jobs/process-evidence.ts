import { processChecks } from '../evidence/checks/process-checks.ts';
import { lapseDeposits } from '../evidence/deposits/handle-deposit-command.ts';
import type { EvidenceDeps } from '../evidence/deps.ts';
import { sweepDocuments } from '../evidence/pieces/remove-documents.ts';
import { deleteOldNonces } from '../evidence/provider/nonces.store.ts';
import { missSignings } from '../evidence/signings/handle-signing-command.ts';
import { expireEvidence } from '../evidence/submissions/invalidate-evidence.ts';
import { submitPendingEvidence } from '../evidence/submissions/submit-pending-evidence.ts';
import { repeat } from './repeat.ts';

const EVERY_MS = 2_000;
const BATCH = 500;

/** One round: questions go to their provider, and what has run out is settled, documents whose time has come go. */
export async function processEvidence(
  deps: EvidenceDeps,
  onError: (error: unknown) => void,
): Promise<void> {
  await submitPendingEvidence(deps, onError);
  await processChecks(deps, onError);
  for (const handle of [expireEvidence, lapseDeposits, missSignings]) await handle(deps);
  await sweepDocuments(deps, onError);
  await deleteOldNonces(deps.db, BATCH);
}

/** Runs {@link tendEvidence} again and again until stopped; a failed round is reported and the next one tried. */
export function startProcessing(
  deps: EvidenceDeps,
  onError: (error: unknown) => void,
): () => Promise<void> {
  return repeat(async () => await processEvidence(deps, onError), EVERY_MS, onError);
}
