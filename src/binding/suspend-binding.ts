import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { type BindingRefusalCode, decide, evolve, STATUS_OF } from './binding.ts';
import { partyOf, toBinding } from './binding-row.ts';
import { lockBinding, saveBinding } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { setStatus } from './status.store.ts';

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

/** Either side cuts acting power at once, whatever the preconditions for unbinding (R28). */
export async function suspendBinding(
  deps: Pick<BindingDeps, 'db'>,
  suspension: Suspension,
): Promise<Result<void, SuspendRefusal>> {
  return await change(deps, suspension, 'suspend');
}

/** Lifts the caller's own hold; the binding acts again when none is left. */
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
    if (!row || !party) return refuse('unknown_binding', 'BIND-3S0'); // another's binding is not told from none
    const binding = toBinding(row);
    const decided = decide({ type, by: party }, binding);
    if (!decided.ok) return refuse(TOLD[decided.refusal.code], decided.refusal.site);
    const next = decided.value.reduce(evolve, binding as Parameters<typeof evolve>[0]);
    if (next.state === 'unbound')
      throw new Error(`binding ${row.id} cannot become unbound by ${type}`);
    await saveBinding(tx, row.id, next);
    await setStatus(tx, row.id, STATUS_OF[next.state]);
    const event =
      type === 'suspend'
        ? 'urn:bindery:event:binding-suspended'
        : 'urn:bindery:event:binding-resumed';
    await appendAudit(
      tx,
      {
        action: `binding.${type}`,
        subject: row.id,
        actor: by,
        detail: { by: party, state: next.state },
      },
      [
        {
          type: event,
          stream: row.id,
          data: { binding: row.id, version: next.version, state: next.state, by: party },
        },
      ],
    );
    return ok(undefined);
  });
}

/** A stored binding was bound, so most of what the state machine can say comes to one thing here. */
// biome-ignore format: a table is read by its columns
const TOLD = {
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
