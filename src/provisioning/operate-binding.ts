import { type BindingRow, findBinding, lockBinding } from '../binding/bindings.store.ts';
import { handleBindingCommand } from '../binding/handle-binding-command.ts';
import { tell } from '../evidence/pieces/notices.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Database } from '../store/database.ts';

export interface OperatorChange {
  readonly bindingId: string;
  readonly step: 'suspend' | 'resume' | 'end';
  /** Account id or client id. */
  readonly actor: string;
  /** Why, for the audit log. */
  readonly reason: string;
}

export type OperateRefusal = 'unknown_binding' | 'binding_unchanged';

// biome-ignore format: a table is read by its columns
const NOTICES = {
  suspend: 'binding.suspended',
  resume:  'binding.resumed',
  end:     'binding.ended',
} as const;

/**
 * The operator suspends, resumes or ends a binding, whatever its owners say and whatever the
 * conditions of R25. Both sides are told.
 */
export async function operateBinding(
  { db }: { readonly db: Database },
  { bindingId, step, actor, reason }: OperatorChange,
): Promise<Result<BindingRow, OperateRefusal>> {
  return await db.transaction(async (tx) => {
    const row = await lockBinding(tx, bindingId);
    if (!row) return refuse('unknown_binding', 'PRO-4B0');
    const command =
      step === 'end'
        ? ({ type: 'revoke', because: 'operator', now: row.now } as const)
        : ({ type: step, by: 'operator' } as const);
    const handled = await handleBindingCommand(tx, row, command, { actor, detail: { reason } });
    if (!handled.ok) return refuse('binding_unchanged', 'PRO-4B1', { state: row.state });
    const told = { what: NOTICES[step], evidenceId: null, bindingId: row.id } as const;
    const why = { ...told, reason: 'operator' };
    await tell(tx, [
      { ...why, accountId: row.primary_id },
      { ...why, accountId: row.sub_id },
    ]);
    const after = await findBinding(tx, bindingId);
    if (!after) throw new Error(`binding ${bindingId} is gone`);
    return ok(after);
  });
}
