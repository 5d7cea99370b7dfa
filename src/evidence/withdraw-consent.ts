import type { AccountId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import type { ConsentKind } from './consent.ts';
import type { EvidenceDeps } from './deps.ts';

/** Takes a consent back: every piece that rests on it is withdrawn, and its documents are removed (PIPL art. 15, 47). */
export async function withdrawConsent(
  _deps: Pick<EvidenceDeps, 'db' | 'documents'>,
  _taken: { readonly account: AccountId; readonly consent: ConsentKind },
): Promise<Result<{ readonly withdrawn: number }, 'not_given'>> {
  throw new Error('to be filled');
}
