import type { CaseId } from '../kernel/ids.ts';
import { isStricter, type Verdict } from './verdict.ts';

/** An objection of a hook, in the hook's own codes. */
export interface Doubt {
  readonly hook: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

/**
 * A reviewer's finding, given on appeal, that doubts about two accounts were unfounded (R23). It is
 * a fact like any other. Hooks run as usual. Where one repeats a cleared doubt, it counts as
 * `allow`, and the decision records the case.
 */
export interface Clearance {
  readonly caseId: CaseId;
  readonly doubts: readonly Doubt[];
}

/** A hook and its result, as far as a reviewer can clear it. */
interface HookResult {
  readonly id: string;
  readonly verdict: Verdict;
  readonly reasons: readonly { readonly code: string }[];
}

interface Overrulable {
  readonly id: string;
  readonly overrulable?: true;
}

/**
 * The parts of a decision that can be cleared: objections of hooks that weigh signals. Objections
 * that rest on plain facts cannot be cleared.
 */
export function doubtsOf(
  hooks: readonly Overrulable[],
  records: readonly HookResult[],
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

/**
 * A clearance covers what was known when it was given. It does not cover a stricter verdict or
 * another kind of reason.
 */
export function covers(clearance: Clearance, record: HookResult): boolean {
  const doubt = clearance.doubts.find(({ hook }) => hook === record.id);
  if (doubt === undefined || isStricter(record.verdict, doubt.verdict)) return false;
  return record.reasons.every(({ code }) => doubt.reasons.includes(code));
}
