import type { EvidenceDeps } from '../../src/evidence/deps.ts';
import { SWEEPS } from '../../src/jobs/tasks.ts';
import { LIFETIMES } from '../../src/lifetimes.ts';

/** One run of each task about evidence, in turn; a test's server runs no jobs by itself. */
export async function processEvidence(
  evidence: EvidenceDeps,
  onError: (error: unknown) => void,
): Promise<void> {
  for (const task of [
    'ask-provider',
    'check-faces',
    'enforce-deadlines',
    'remove-documents',
  ] as const) {
    await SWEEPS[task](
      {
        db: evidence.db,
        evidence,
        messages: { db: evidence.db, secrets: evidence.secrets, senders: {} },
        lifetimes: LIFETIMES,
        recordMonths: { audit: 36, events: 13 },
      },
      onError,
    );
  }
}
