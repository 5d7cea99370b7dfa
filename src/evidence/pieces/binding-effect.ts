import type { Qualification } from '../../accounts/account.ts';

/** Why evidence that a binding rests on stopped counting (R5). */
export type InvalidationReason = 'expired' | 'withdrawn' | 'found_false' | 'affiliation_ended';

/** What this does to the binding. */
export type BindingEffect = 'kept' | 'suspended' | 'ended';

/**
 * All of R5. An honest gap suspends, and new evidence resumes. False evidence, or owners who are no
 * longer one, end the binding.
 *
 * Withdrawal only suspends. If it ended the binding, it would avoid the preconditions of unbinding
 * (R25, R30). Another accepted piece of the same step (a person's check beside a face match, a
 * renewed licence) makes an honest gap harmless. False evidence ends the binding in any case.
 */
// biome-ignore format: a table is read by its columns
const BINDING_EFFECTS = {
  //                   still qualified       no longer
  expired:           { verified: 'kept',     otherwise: 'suspended' },
  withdrawn:         { verified: 'kept',     otherwise: 'suspended' },
  found_false:       { verified: 'ended',    otherwise: 'ended' },
  // two entities are no longer one owner (R1)
  affiliation_ended: { verified: 'ended',    otherwise: 'ended' },
} as const satisfies Record<InvalidationReason, Record<'verified' | 'otherwise', BindingEffect>>;

/**
 * The effect on a binding when evidence of one of its accounts fell, and the account then has this
 * qualification.
 */
export function bindingEffectOf(
  invalidation: InvalidationReason,
  qualification: Qualification,
): BindingEffect {
  return BINDING_EFFECTS[invalidation][qualification === 'verified' ? 'verified' : 'otherwise'];
}
