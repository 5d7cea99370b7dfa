import type { AccountId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import type { ConsentKind, ConsentLanguage } from './consent.ts';
import type { EvidenceDeps } from './deps.ts';

/** An account agrees to the text it was shown, which must be the one of today. Agreeing twice is agreeing once. */
export async function giveConsent(
  _deps: Pick<EvidenceDeps, 'db'>,
  _given: { readonly account: AccountId; readonly consent: ConsentKind; readonly version: number; readonly language: ConsentLanguage },
): Promise<Result<void, 'outdated_text'>> {
  throw new Error('to be filled');
}
