import type { Qualification } from '../../accounts/account.ts';

/** What happened to the evidence that a binding rests on (R5). */
export type InvalidationReason = 'expired' | 'withdrawn' | 'found_false' | 'affiliation_ended';

/** What becomes of the binding. */
export type BindingEffect = 'kept' | 'suspended' | 'ended';

/**
 * R5, whole. An honest gap suspends, and new evidence lifts it; a lie, or owners who are no longer one, end it. Withdrawing
 * suspends and no more: were it to end the binding, it would be a way around the preconditions of unbinding (R25, R30).
 * Where another piece bears the same weight (a person's check beside a face match, a renewed licence) an honest gap
 * changes nothing, but what was found false taints what was bound on it whatever else there is.
 */
// biome-ignore format: a table is read by its columns
const BINDING_EFFECTS = {
  //                   still qualified       no longer
  expired:           { verified: 'kept',     otherwise: 'suspended' },
  withdrawn:         { verified: 'kept',     otherwise: 'suspended' },
  found_false:       { verified: 'ended',    otherwise: 'ended' },
  affiliation_ended: { verified: 'ended',    otherwise: 'ended' }, // two entities, no longer one owner (R1)
} as const satisfies Record<InvalidationReason, Record<'verified' | 'otherwise', BindingEffect>>;

/** What becomes of a binding when evidence of one of its accounts fell and left that account with this qualification. */
export function bindingEffectOf(
  invalidation: InvalidationReason,
  qualification: Qualification,
): BindingEffect {
  return BINDING_EFFECTS[invalidation][qualification === 'verified' ? 'verified' : 'otherwise'];
}
