import type { Result } from '../kernel/refusals.ts';
import type { CorrectableField } from './correction.ts';
import type { EvidenceDeps } from './deps.ts';
import type { RevealRefusal } from './reveal-claim.ts';

/** What a reviewer compares: what is kept now, what the owner wants instead, and the documents that show it. */
export interface RevealedCorrection {
  readonly field: CorrectableField;
  /** Null when nothing was kept. */
  readonly kept: string | null;
  readonly wanted: string;
}

export async function revealCorrection(
  _deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  _look: { readonly correctionId: string; readonly by: string },
): Promise<Result<RevealedCorrection, 'unknown_correction' | RevealRefusal>> {
  throw new Error('to be filled');
}
