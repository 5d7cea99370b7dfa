import type { AccountId, CaseId } from '../kernel/ids.ts';
import { type Result, refuse } from '../kernel/refusals.ts';
import type { BindingDeps } from './deps.ts';

export type AppealRefusal = 'unknown_request' | 'nothing_to_appeal' | 'already_appealed' | 'too_late' | 'text_missing';

/** Asks for a person to look at a refusal, or for another person to look at a person's (R23). */
export async function appealRefusal(
  _deps: Pick<BindingDeps, 'db' | 'packs'>,
  _input: { readonly requestId: string; readonly by: AccountId; readonly text: string },
): Promise<Result<{ readonly caseId: CaseId; readonly due: Date }, AppealRefusal>> {
  return refuse('unknown_request', 'BIND-8A0');
}
