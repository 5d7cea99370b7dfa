import type { BindingId, DecisionId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { Decision } from '../policy/evaluate.ts';
import { type Asked, isNothing } from '../policy/step-up.ts';

/** What a policy decision means for a request: only what its verdict needs. */
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

/** What has been prepared for a decision, whichever way it went. */
export interface OutcomeInputs {
  readonly decisionId: DecisionId;
  readonly bindingId: BindingId;
  readonly due: Date;
  /** Until when the two may prove what is asked of them. */
  readonly until: Date;
  /** What is asked of them, and they are able to show; nothing where they are not. */
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
    case 'step_up': // a person decides where nobody has anything to prove with
      return isNothing(asked)
        ? { verdict: 'review', decisionId, due }
        : { verdict: decision.verdict, decisionId, asked, until, due };
    case 'review':
      return { verdict: decision.verdict, decisionId, due };
    case 'deny':
      return { verdict: decision.verdict, decisionId, refusal: decision.refusal ?? 'risk' };
  }
}
