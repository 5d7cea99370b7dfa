import { deleteOldNonces } from '../evidence/callbacks.store.ts';
import type { EvidenceDeps } from '../evidence/deps.ts';
import { expireEvidence } from '../evidence/fall-of-evidence.ts';
import { handOver } from '../evidence/hand-over.ts';
import { sweepDocuments } from '../evidence/remove-documents.ts';
import { lapseDeposits } from '../evidence/settle-deposit.ts';
import { missSignings } from '../evidence/settle-signing.ts';
import { tendChecks } from '../evidence/tend-checks.ts';
import { repeat } from './repeat.ts';

const EVERY_MS = 2_000;
const BATCH = 500;

/** One round: questions go to their provider, and what has run out is settled, documents whose time has come go. */
export async function tendEvidence(deps: EvidenceDeps, onError: (error: unknown) => void): Promise<void> {
  await handOver(deps, onError);
  await tendChecks(deps, onError);
  for (const settle of [expireEvidence, lapseDeposits, missSignings]) await settle(deps);
  await sweepDocuments(deps, onError);
  await deleteOldNonces(deps.db, BATCH);
}

/** Runs {@link tendEvidence} again and again until stopped; a failed round is reported and the next one tried. */
export function startTending(deps: EvidenceDeps, onError: (error: unknown) => void): () => Promise<void> {
  return repeat(async () => await tendEvidence(deps, onError), EVERY_MS, onError);
}
