import type { RefusalCode } from '../kernel/refusals.ts';
import type { Facts } from './facts.ts';
import type { Pack } from './pack.ts';
import type { Verdict } from './verdict.ts';

/** A reason for operators and reviewers. A caller may only learn its `refusal`. */
export interface Reason {
  readonly code: string;
  readonly refusal?: RefusalCode;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface HookVerdict {
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
}

/**
 * One rule of a policy (R22): a pure, synchronous function of the facts that it `needs`. It sees no
 * other facts, does no I/O and cannot change the facts. Raise `version` when the same facts may
 * give another verdict.
 */
export interface Hook<Needs extends keyof Facts = keyof Facts> {
  readonly id: string;
  readonly version: number;
  readonly needs: readonly Needs[];
  /**
   * The hook weighs signals, so a reviewer may overrule it (R23). A hook over plain facts cannot be
   * overruled.
   */
  readonly overrulable?: true;
  evaluate(facts: Pick<Facts, Needs>, pack: Pack): HookVerdict;
}

/** Denies if there is a reason to deny. Otherwise allows because of `grounds`. */
export function denyOrAllow(
  objections: readonly Reason[],
  ...grounds: readonly Reason[]
): HookVerdict {
  return objections.length > 0
    ? { verdict: 'deny', reasons: objections }
    : { verdict: 'allow', reasons: grounds };
}
