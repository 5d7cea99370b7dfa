import type { CaseId } from '../kernel/ids.ts';
import { isStricter, type Verdict } from './verdict.ts';

/** What a hook held against an attempt, in its own words. */
export interface Doubt {
  readonly hook: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

/**
 * A person's word, given on appeal, that doubts about two accounts were unfounded (R23). It is a fact like others: hooks
 * run as ever, and where one repeats a doubt that was cleared it counts as `allow`, and the decision says by which case.
 */
export interface Clearance {
  readonly caseId: CaseId;
  readonly doubts: readonly Doubt[];
}

/** A hook and what it said, as far as that can be cleared. */
interface Said {
  readonly id: string;
  readonly verdict: Verdict;
  readonly reasons: readonly { readonly code: string }[];
}

interface Overrulable {
  readonly id: string;
  readonly overrulable?: true;
}

/** What can be cleared of a decision: objections of hooks that weigh signals. What a hook reads off plain facts stays. */
export function doubtsOf(
  hooks: readonly Overrulable[],
  records: readonly Said[],
): readonly Doubt[] {
  return records
    .filter(
      ({ id, verdict }) =>
        verdict !== 'allow' && hooks.some((hook) => hook.id === id && hook.overrulable === true),
    )
    .map(({ id, verdict, reasons }) => ({
      hook: id,
      verdict,
      reasons: [...new Set(reasons.map(({ code }) => code))],
    }));
}

/** The word covers what was seen when it was given: not a stricter verdict, and no reason of another sort. */
export function covers(clearance: Clearance, record: Said): boolean {
  const doubt = clearance.doubts.find(({ hook }) => hook === record.id);
  if (doubt === undefined || isStricter(record.verdict, doubt.verdict)) return false;
  return record.reasons.every(({ code }) => doubt.reasons.includes(code));
}
