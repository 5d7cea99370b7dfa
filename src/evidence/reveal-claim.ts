import type { AccountId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import type { DataKeyRefusal } from '../owners/data-key.ts';
import type { FieldName } from '../owners/fields.ts';
import type { Purpose } from '../owners/purpose.ts';
import type { EvidenceDeps } from './deps.ts';

export type RevealRefusal = 'no_field' | DataKeyRefusal | 'not_authentic';

/**
 * What an account says of itself, in clear, for somebody and some purpose; the look is on record before. An account that was
 * proven is read by what is known of its owner.
 */
export async function revealClaim(
  _deps: Pick<EvidenceDeps, 'db' | 'custody'>,
  _look: { readonly account: AccountId; readonly field: FieldName; readonly by: string; readonly purpose: Purpose },
): Promise<Result<string, RevealRefusal>> {
  throw new Error('to be filled');
}
