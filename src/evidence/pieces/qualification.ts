import type { Qualification } from '../../accounts/account.ts';
import type { Track } from '../consents/track.ts';
import type { Evidence } from './evidence.ts';
import { type EvidenceType, isControl, REQUIRED } from './evidence-type.ts';

/** A piece of an account's evidence: what qualification needs of it. */
export interface Piece {
  readonly type: EvidenceType;
  readonly evidence: Evidence;
  /** It was brought with another account of the same owner. */
  readonly elsewhere?: boolean;
}

export interface QualificationResult {
  readonly qualification: Qualification;
  /** When the first of the needed pieces runs out; null: never, or not qualified. */
  readonly until: Date | null;
  /** The steps of R3 without an accepted piece, each with its alternatives. */
  readonly missing: readonly (readonly EvidenceType[])[];
}

/**
 * What an account is qualified as (R3). It depends only on its evidence, that of its owner and the
 * time. Each step needs a piece that is accepted and valid now. The step of control needs one of
 * the account itself; for all others the owner's are enough (R44). The longest valid piece of each
 * step counts. The shortest of those decides how long the qualification lasts. `in_review`: each
 * missing step has an open piece of this account.
 */
export function qualify(track: Track, pieces: readonly Piece[], now: Date): QualificationResult {
  const groups: readonly (readonly EvidenceType[])[] = REQUIRED[track];
  const counting = pieces.filter(({ type, elsewhere }) => !elsewhere || !isControl(track, type));
  const ends = groups.map((group) => lastsUntil(group, counting, now));
  const missing = groups.filter((_, at) => ends[at] === undefined);
  if (missing.length === 0) return { qualification: 'verified', until: earliest(ends), missing };
  const own = pieces.filter(({ elsewhere }) => !elsewhere);
  const underWay = missing.every((group) =>
    own.some(({ type, evidence }) => group.includes(type) && isPending(evidence)),
  );
  return { qualification: underWay ? 'in_review' : 'none', until: null, missing };
}

/** Undefined if no piece counts; null if one counts without end. */
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
