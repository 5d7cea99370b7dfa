import type { AccountId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import type { EvidenceDeps } from './deps.ts';

export interface ExportedData {
  readonly mediaType: 'application/json';
  readonly filename: string;
  readonly bytes: Buffer;
}

export type PasswordRefusal = 'wrong_password' | 'too_many_attempts';

/** All that {@link viewOwnData} lists, in clear and machine-readable (PIPL art. 45), for who proves anew to be there. */
export async function exportOwnData(
  _deps: Pick<EvidenceDeps, 'db' | 'custody' | 'documents' | 'limits'>,
  _who: { readonly account: AccountId; readonly password: string },
): Promise<Result<ExportedData, PasswordRefusal>> {
  throw new Error('to be filled');
}
