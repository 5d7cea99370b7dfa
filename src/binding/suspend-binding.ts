import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { BindingRefusalCode } from './binding.ts';
import { partyOf } from './binding-row.ts';
import { lockBinding } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { handleBindingCommand } from './handle-binding-command.ts';

export type SuspendRefusal =
  | 'unknown_binding'
  | 'already_suspended'
  | 'not_suspended'
  | 'not_your_suspension'
  | 'already_ended';

interface Suspension {
  readonly bindingId: string;
  readonly by: AccountId;
}

/** Either side stops the sub from acting at once, whatever unbinding would take (R28). */
export async function suspendBinding(
  deps: Pick<BindingDeps, 'db'>,
  suspension: Suspension,
): Promise<Result<void, SuspendRefusal>> {
  return await change(deps, suspension, 'suspend');
}

/** Lifts the caller's own hold. The binding acts again when no hold is left. */
export async function resumeBinding(
  deps: Pick<BindingDeps, 'db'>,
  suspension: Suspension,
): Promise<Result<void, SuspendRefusal>> {
  return await change(deps, suspension, 'resume');
}

async function change(
  deps: Pick<BindingDeps, 'db'>,
  { bindingId, by }: Suspension,
  type: 'suspend' | 'resume',
): Promise<Result<void, SuspendRefusal>> {
  return await deps.db.transaction(async (tx): Promise<Result<void, SuspendRefusal>> => {
    const row = await lockBinding(tx, bindingId);
    const party = row && partyOf(row, by);
    // Somebody else's binding is refused like one that does not exist.
    if (!row || !party) return refuse('unknown_binding', 'BIND-3S0');
    const handled = await handleBindingCommand(tx, row, { type, by: party }, { actor: by });
    if (handled.ok) return ok(undefined);
    return refuse(REFUSALS[handled.refusal.code], handled.refusal.site);
  });
}

/** A stored binding was bound once, so most refusals mean that it has ended. */
// biome-ignore format: a table is read by its columns
const REFUSALS = {
  already_suspended:   'already_suspended',
  not_suspended:       'not_suspended',
  not_your_suspension: 'not_your_suspension',
  already_ended:       'already_ended',
  not_bound:           'already_ended',
  already_bound:       'already_ended',
  not_free:            'already_ended',
  not_ended:           'already_ended',
  still_history:       'already_ended',
  primary_only:        'already_ended',
  not_graded:          'already_ended',
  unknown_grade:       'already_ended',
  not_higher:          'already_ended',
  not_lower:           'already_ended',
} as const satisfies Record<BindingRefusalCode, SuspendRefusal>;
