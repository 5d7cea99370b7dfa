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
 * What a reviewer's decision does to a binding request. An acceptance is a person's word on what was doubtful, not on
 * what is forbidden: the policy is evaluated again on the facts of now, and what it denies stays denied.
 */
export async function handleReviewDecision(
  tx: Tx,
  deps: BindingDeps & { readonly tellSides: TellSides },
  decided: DecidedCase,
): Promise<void> {
  if (decided.appeal) return await handleAppealDecision(tx, deps, decided);
  const { subjectId, accept, reviewer } = decided;
  const stored = await lockRequest(tx, subjectId as BindingRequestId);
  if (stored.request.state !== 'in_review') return; // withdrawn meanwhile; the case is closed all the same
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
  const answers = await findAnswers(tx, stored.request.decisionId); // as the reviewer saw them: nobody is asked under locks
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
