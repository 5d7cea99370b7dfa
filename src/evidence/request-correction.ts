import type { TakeRefusal } from '../documents/take-document.ts';
import type { AccountId, CaseId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import type { CorrectableField } from './correction.ts';
import type { EvidenceDeps } from './deps.ts';

export type CorrectionRefusal =
  | TakeRefusal
  | 'unknown_account'
  | 'not_verified' // nothing was proven that could be wrong: declare anew
  | 'not_yours' // the kind of owner has no such field
  | 'malformed_value'
  | 'consent_missing'
  | 'wrong_number_of_documents'
  | 'already_under_way'
  | 'too_many_attempts';

/** An owner has something put right that was proven (PIPL art. 46): a person compares it with a document, one or two. */
export async function requestCorrection(
  _deps: Pick<EvidenceDeps, 'db' | 'custody' | 'documents' | 'review' | 'limits'>,
  _asked: {
    readonly account: AccountId;
    readonly field: CorrectableField;
    readonly value: unknown;
    readonly uploads: readonly Buffer[];
  },
): Promise<Result<{ readonly caseId: CaseId; readonly due: Date }, CorrectionRefusal>> {
  throw new Error('to be filled');
}
