import type { Tx } from '../store/database.ts';
import type { BindingCommand } from './binding.ts';
import type { BindingRow } from './bindings.store.ts';
import { handleBindingCommand } from './handle-binding-command.ts';

export type EvidenceChange = 'suspend' | 'resume' | 'revoke';

/**
 * Suspends, resumes or ends a locked binding because its evidence changed (R5). False: there was
 * nothing to change, because evidence held it already or did not hold it.
 */
export async function changeForEvidence(
  tx: Tx,
  row: BindingRow,
  change: EvidenceChange,
  because: string,
): Promise<boolean> {
  const command: BindingCommand =
    change === 'revoke'
      ? { type: change, because: 'evidence', now: row.now }
      : { type: change, by: 'evidence' };
  const context = { actor: 'system', detail: { because } };
  return (await handleBindingCommand(tx, row, command, context)).ok;
}
