import type { BindingRequestId } from '../kernel/ids.ts';
import { findAnswers } from '../policy/decisions.store.ts';
import type { DecidedCase } from '../review/deps.ts';
import type { Tx } from '../store/database.ts';
import type { BindingDeps } from './deps.ts';
import { evaluatePolicy } from './evaluate-policy.ts';
import { handleAppealDecision, type TellSides } from './handle-appeal-decision.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { lockRequest } from './requests.store.ts';

/**
 * Handles a reviewer's decision about a binding request. An acceptance overrules doubts, not bans:
 * the policy is evaluated again on the facts of now, and a denial stays.
 */
export async function handleReviewDecision(
  tx: Tx,
  deps: BindingDeps & { readonly tellSides: TellSides },
  decided: DecidedCase,
): Promise<void> {
  if (decided.appeal) return await handleAppealDecision(tx, deps, decided);
  const { subjectId, accept, reviewer } = decided;
  const stored = await lockRequest(tx, subjectId as BindingRequestId);
  // It was withdrawn; the case closes all the same.
  if (stored.request.state !== 'in_review') return;
  if (!accept) {
    await handleRequestCommand(
      tx,
      stored,
      { type: 'decide_review', accept: false, by: 'reviewer', refusal: 'risk' },
      { actor: reviewer, lifetimes: deps.lifetimes },
    );
    return;
  }
  const { counterpartyDevice } = stored;
  if (counterpartyDevice === null)
    throw new Error(`binding request ${stored.id} is in review without a device`);
  // As the reviewer saw them: nobody is asked while rows are locked.
  const answers = await findAnswers(tx, stored.request.decisionId);
  const evaluation = await evaluatePolicy(tx, deps, stored, {
    counterparty: stored.request.counterparty,
    counterpartyDevice,
    answers,
  });
  const command =
    evaluation.outcome.verdict === 'deny'
      ? ({
          type: 'decide_review',
          accept: false,
          by: 'policy',
          refusal: evaluation.outcome.refusal,
        } as const)
      : ({
          type: 'decide_review',
          accept: true,
          bindingId: evaluation.prepared.bindingId,
        } as const);
  await handleRequestCommand(tx, stored, command, {
    actor: reviewer,
    lifetimes: deps.lifetimes,
    evaluation,
  });
}
