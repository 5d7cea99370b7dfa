import type { BindingId, DecisionId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { Decision } from '../policy/evaluate.ts';

/** What a policy decision means for a request: only what its verdict needs. */
export type Ruling =
  | { readonly verdict: 'allow'; readonly decisionId: DecisionId; readonly bindingId: BindingId }
  | { readonly verdict: 'step_up' | 'review'; readonly decisionId: DecisionId; readonly due: Date }
  | { readonly verdict: 'deny'; readonly decisionId: DecisionId; readonly refusal: RefusalCode };

/** What has been prepared for a decision, whichever way it went. */
export interface Prepared {
  readonly decisionId: DecisionId;
  readonly bindingId: BindingId;
  readonly due: Date;
}

export function rulingOf(decision: Pick<Decision, 'verdict' | 'refusal'>, { decisionId, bindingId, due }: Prepared): Ruling {
  switch (decision.verdict) {
    case 'allow':
      return { verdict: decision.verdict, decisionId, bindingId };
    case 'step_up':
    case 'review':
      return { verdict: decision.verdict, decisionId, due };
    case 'deny':
      return { verdict: decision.verdict, decisionId, refusal: decision.refusal ?? 'risk' };
  }
}
