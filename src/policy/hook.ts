import type { RefusalCode } from '../kernel/refusals.ts';
import type { Facts } from './facts.ts';
import type { Pack } from './pack.ts';
import type { Verdict } from './verdict.ts';

/** Why, in words for operators and reviewers; `refusal` is the one word of it that a caller may hear. */
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
 * One rule of a policy (R22): a plain, synchronous function of the facts it says it `needs`. It sees no others, does no
 * I/O and cannot change what it sees. `version` rises when the same facts may give another verdict.
 */
export interface Hook<Needs extends keyof Facts = keyof Facts> {
  readonly id: string;
  readonly version: number;
  readonly needs: readonly Needs[];
  /** It weighs signals, and a person who has looked may find it wrong (R23). Of plain facts nobody has a better word. */
  readonly overrulable?: true;
  evaluate(facts: Pick<Facts, Needs>, pack: Pack): HookVerdict;
}

/** Denies when there is any reason to, and otherwise allows because of `grounds`. */
export function denyOrAllow(
  objections: readonly Reason[],
  ...grounds: readonly Reason[]
): HookVerdict {
  return objections.length > 0
    ? { verdict: 'deny', reasons: objections }
    : { verdict: 'allow', reasons: grounds };
}
