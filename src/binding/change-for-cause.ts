import type { Tx } from '../store/database.ts';
import type { BindingCommand, Cause } from './binding.ts';
import type { BindingRow } from './bindings.store.ts';
import { handleBindingCommand } from './handle-binding-command.ts';

/** Who acts here without an owner: the rules of evidence (R5), or the accounts' platform (R47). */
export type OutsideCause = Exclude<Cause, 'operator'>;

export interface OutsideChange {
  readonly cause: OutsideCause;
  readonly change: 'suspend' | 'resume' | 'revoke';
  /** For the audit row. */
  readonly because: string;
}

/**
 * Suspends, resumes or ends a locked binding without its owners. False: there was nothing to
 * change, because the cause held it already or did not hold it.
 */
export async function changeForCause(
  tx: Tx,
  row: BindingRow,
  { cause, change, because }: OutsideChange,
): Promise<boolean> {
  const command: BindingCommand =
    change === 'revoke'
      ? { type: change, because: cause, now: row.now }
      : { type: change, by: cause };
  const context = { actor: 'system', detail: { because } };
  return (await handleBindingCommand(tx, row, command, context)).ok;
}
