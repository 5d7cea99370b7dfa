import type { InstallationSecret } from '../kernel/secrets.ts';
import { open, type Place, seal } from '../owners/sealed.ts';

/** Texts of applicants and reviewers are stored sealed, because they contain names and numbers. */
export function sealText(secrets: InstallationSecret, place: Place, words: string): Buffer {
  return seal(keyOf(secrets), place, Buffer.from(words, 'utf8'));
}

/** Empty after the text was erased. Throws if it was not sealed here for this place. */
export function openText(secrets: InstallationSecret, place: Place, sealed: Buffer | null): string {
  if (sealed === null || sealed.length === 0) return '';
  const opened = open(keyOf(secrets), place, sealed);
  if (!opened.ok)
    throw new Error(`words of ${place.table} ${place.row} do not open: ${opened.refusal.site}`);
  return opened.value.toString('utf8');
}

export function appealPlace(caseId: string): Place {
  return { table: 'review_cases', row: caseId, column: 'appeal_text' };
}

export function reasonPlace(caseId: string, by: string): Place {
  return { table: 'review_opinions', row: JSON.stringify([caseId, by]), column: 'reason' };
}

function keyOf(secrets: InstallationSecret): Buffer {
  return secrets.derive('review-words');
}
