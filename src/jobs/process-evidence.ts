import { deleteOldNonces } from '../evidence/callbacks.store.ts';
import type { EvidenceDeps } from '../evidence/deps.ts';
import { lapseDeposits } from '../evidence/handle-deposit-command.ts';
import { missSignings } from '../evidence/handle-signing-command.ts';
import { expireEvidence } from '../evidence/invalidate-evidence.ts';
import { processChecks } from '../evidence/process-checks.ts';
import { sweepDocuments } from '../evidence/remove-documents.ts';
import { submitPendingEvidence } from '../evidence/submit-pending-evidence.ts';
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
