import type { Kind, Qualification } from '../../accounts/account.ts';
import type { Evidence } from './evidence.ts';
import { type EvidenceType, REQUIRED } from './evidence-type.ts';

/** One piece of an account's evidence, as far as its qualification depends on it. */
export interface Piece {
  readonly type: EvidenceType;
  readonly evidence: Evidence;
}

export interface QualificationResult {
  readonly qualification: Qualification;
  /** When the first of the pieces it rests on runs out; null: never, or not qualified. */
  readonly until: Date | null;
  /** The groups of R3 of which nothing is accepted, each as the alternatives there are. */
  readonly missing: readonly (readonly EvidenceType[])[];
}

/**
 * What an account of `kind` is qualified as (R3): a function of its evidence and of time, of nothing else. Every group must
 * have a piece that is accepted and valid now; the longest valid one of each counts, and the shortest of those is how long
 * the qualification lasts. `in_review`: something is on its way for each group that is missing.
 */
export function qualify(kind: Kind, pieces: readonly Piece[], now: Date): QualificationResult {
  const groups: readonly (readonly EvidenceType[])[] = REQUIRED[kind];
  const ends = groups.map((group) => lastsUntil(group, pieces, now));
  const missing = groups.filter((_, at) => ends[at] === undefined);
  if (missing.length === 0) return { qualification: 'verified', until: earliest(ends), missing };
  const underWay = missing.every((group) =>
    pieces.some(({ type, evidence }) => group.includes(type) && isPending(evidence)),
  );
  return { qualification: underWay ? 'in_review' : 'none', until: null, missing };
}

/** Undefined when nothing of the group counts; null when something counts for good. */
function lastsUntil(
  group: readonly EvidenceType[],
  pieces: readonly Piece[],
  now: Date,
): Date | null | undefined {
  let longest: Date | null | undefined;
  for (const { type, evidence } of pieces) {
    if (!group.includes(type) || evidence.state !== 'accepted') continue;
    const { validUntil } = evidence;
    if (validUntil === null) return null;
    if (validUntil > now && (!longest || validUntil > longest)) longest = validUntil;
  }
  return longest;
}

function earliest(ends: readonly (Date | null | undefined)[]): Date | null {
  return ends.reduce<Date | null>(
    (first, end) => (end && (!first || end < first) ? end : first),
    null,
  );
}

function isPending({ state }: Evidence): boolean {
  return state === 'uploaded' || state === 'checking';
}
