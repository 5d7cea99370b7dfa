import type { AccountId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import type { EvidenceDeps } from './deps.ts';
import type { PasswordRefusal } from './export-own-data.ts';

/** `still_bound` carries `detail.bindings`: how many must end first. */
export type ForgetRefusal = PasswordRefusal | 'still_bound';

/**
 * Forgets who is behind an account (PIPL art. 47): the whole owner, all its accounts included, when this account was proven
 * to be the owner's; of a mere claim only the claim, and what was brought for it.
 */
export async function forgetOwner(
  _deps: Pick<EvidenceDeps, 'db' | 'documents' | 'limits'>,
  _who: { readonly account: AccountId; readonly password: string },
): Promise<Result<void, ForgetRefusal>> {
  throw new Error('to be filled');
}
