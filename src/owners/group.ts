import type { OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';

/** A verified tie of a subsidiary to its parent. */
export interface GroupTie {
  readonly parent: OwnerId;
  readonly subsidiary: OwnerId;
}

/** From the topmost parent to its lowest subsidiary. */
export const MOST_LEVELS = 5;

export type GroupRefusal = 'circular' | 'other_parent' | 'too_many_levels';

/** Whether a group stays a tree of a few levels with this tie, too (R44). */
export function checkTie(
  ties: readonly GroupTie[],
  { parent, subsidiary }: GroupTie,
): Result<void, GroupRefusal> {
  const above = ancestorsOf(ties, parent);
  if (above.includes(subsidiary)) return refuse('circular', 'OWN-7A4', { parent, subsidiary });
  const other = ties.some((tie) => tie.subsidiary === subsidiary && tie.parent !== parent);
  if (other) return refuse('other_parent', 'OWN-7A5', { subsidiary });
  const levels = above.length + 1 + heightOf(ties, subsidiary);
  if (levels > MOST_LEVELS) return refuse('too_many_levels', 'OWN-7A6', { levels });
  return ok(undefined);
}

/** Its parent, that one's parent and so on. */
function ancestorsOf(ties: readonly GroupTie[], owner: OwnerId): readonly OwnerId[] {
  const found: OwnerId[] = [];
  let at: OwnerId | undefined = owner;
  while (at !== undefined) {
    const below: OwnerId = at;
    at = ties.find(({ subsidiary }) => subsidiary === below)?.parent;
    if (at === undefined || found.includes(at)) break;
    found.push(at);
  }
  return found;
}

/** Its subsidiaries, theirs and so on. */
function descendantsOf(ties: readonly GroupTie[], owner: OwnerId): readonly OwnerId[] {
  const found: OwnerId[] = [];
  for (let next: readonly OwnerId[] = [owner]; next.length > 0; ) {
    next = ties
      .filter(({ parent, subsidiary }) => next.includes(parent) && !found.includes(subsidiary))
      .map(({ subsidiary }) => subsidiary);
    found.push(...next);
  }
  return found;
}

/**
 * Whose accounts a tie joins: those of the parent and all above it, with those of the subsidiary
 * and all below it.
 */
export function affiliatesOf(
  ties: readonly GroupTie[],
  { parent, subsidiary }: GroupTie,
): { readonly parents: readonly OwnerId[]; readonly subsidiaries: readonly OwnerId[] } {
  return {
    parents: [parent, ...ancestorsOf(ties, parent)],
    subsidiaries: [subsidiary, ...descendantsOf(ties, subsidiary)],
  };
}

/** How many levels an owner and its subsidiaries have. */
function heightOf(ties: readonly GroupTie[], owner: OwnerId): number {
  const below = ties.filter(({ parent }) => parent === owner);
  return 1 + Math.max(0, ...below.map(({ subsidiary }) => heightOf(ties, subsidiary)));
}
