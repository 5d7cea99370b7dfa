import type { AccountId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import type { NumberRefusal } from '../owners/written-number.ts';
import type { EvidenceDeps } from './deps.ts';

/** As typed. A person gives neither of the last two; an enterprise a bank account; a special industry who signs for it. */
export interface Declaration {
  readonly account: AccountId;
  readonly name: unknown;
  readonly number: unknown;
  readonly legalRepresentative?: unknown;
  readonly bankAccount?: unknown;
}

export type DeclareRefusal =
  | NumberRefusal
  | 'malformed_name'
  | 'malformed_representative'
  | 'malformed_bank_account'
  | 'unknown_account'
  | 'consent_missing'
  | 'already_verified' // what was proven is changed by a correction
  | 'other_owner' // the account was proven to be another's
  | 'too_many_attempts';

/** An account says whom it belongs to. Somebody else's number gets the answer that any number gets: nothing is proven yet. */
export async function declareOwner(
  _deps: Pick<EvidenceDeps, 'db' | 'secrets' | 'custody' | 'documents' | 'limits'>,
  _declaration: Declaration,
): Promise<Result<void, DeclareRefusal>> {
  throw new Error('to be filled');
}
