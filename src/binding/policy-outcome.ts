import type { BindingId, DecisionId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { Decision } from '../policy/evaluate.ts';
import { type Asked, isNothing } from '../policy/step-up.ts';

/** What a policy decision means for a request, by its verdict. */
export type PolicyOutcome =
  | { readonly verdict: 'allow'; readonly decisionId: DecisionId; readonly bindingId: BindingId }
  | {
      readonly verdict: 'step_up';
      readonly decisionId: DecisionId;
      readonly asked: Asked;
      readonly until: Date;
      readonly due: Date;
    }
  | { readonly verdict: 'review'; readonly decisionId: DecisionId; readonly due: Date }
  | { readonly verdict: 'deny'; readonly decisionId: DecisionId; readonly refusal: RefusalCode };

/** Prepared for every verdict. */
export interface OutcomeInputs {
  readonly decisionId: DecisionId;
  readonly bindingId: BindingId;
  readonly due: Date;
  /** Until when the two sides may prove what is asked. */
  readonly until: Date;
  /** What is asked of the two sides and they can show. Nothing where they cannot. */
  readonly asked: Asked;
}

export function policyOutcomeOf(
  decision: Pick<Decision, 'verdict' | 'refusal'>,
  prepared: OutcomeInputs,
): PolicyOutcome {
  const { decisionId, bindingId, due, until, asked } = prepared;
  switch (decision.verdict) {
    case 'allow':
      return { verdict: decision.verdict, decisionId, bindingId };
    case 'step_up': // nobody has anything to prove with, so a person decides
      return isNothing(asked)
        ? { verdict: 'review', decisionId, due }
        : { verdict: decision.verdict, decisionId, asked, until, due };
    case 'review':
      return { verdict: decision.verdict, decisionId, due };
    case 'deny':
      return { verdict: decision.verdict, decisionId, refusal: decision.refusal ?? 'risk' };
  }
}
