import type { AccountId } from '../kernel/ids.ts';
import { newId } from '../kernel/ids.ts';
import { Stopwatch } from '../kernel/stopwatch.ts';
import { MINUTE, plusSeconds } from '../kernel/time.ts';
import type { Answers } from '../policy/answers.ts';
import { type Decision, evaluate } from '../policy/evaluate.ts';
import type { Facts } from '../policy/facts.ts';
import { askedIn, type Proofs } from '../policy/step-up.ts';
import { dueAfter } from '../review/deadline.ts';
import type { ObservedDevice } from '../risk/device.ts';
import type { Tx } from '../store/database.ts';
import type { PolicyDeps } from './deps.ts';
import { gatherFacts, lockParties, type Parties, sidesOf } from './gather-facts.ts';
import { type OutcomeInputs, type PolicyOutcome, policyOutcomeOf } from './policy-outcome.ts';
import { packOf } from './request-pack.ts';
import type { StoredRequest } from './request-row.ts';
import { findAskable } from './step-up.store.ts';

/** One evaluation of the pack, under the locks of all parties. Nothing of it is stored yet. */
export interface PolicyEvaluation {
  readonly parties: Parties;
  readonly counterpartyDevice: ObservedDevice;
  readonly facts: Facts;
  readonly decision: Decision;
  /** Milliseconds, by part. */
  readonly timings: Readonly<Record<string, number>>;
  readonly prepared: OutcomeInputs;
  readonly outcome: PolicyOutcome;
  readonly graded: boolean;
  /** Whether a reviewer's acceptance takes two people (R23). */
  readonly fourEyes: boolean;
}

/** The side that answers, its device, and what is known from outside the database. */
interface Answering {
  readonly counterparty: AccountId;
  readonly counterpartyDevice: ObservedDevice;
  readonly answers: Answers;
  readonly proofs?: Proofs;
}

/**
 * Locks owners and accounts, gathers the facts and evaluates the request's pack (R22). It writes
 * nothing: `handleRequestCommand` stores the evaluation with what follows from it.
 */
export async function evaluatePolicy(
  tx: Tx,
  deps: PolicyDeps,
  stored: StoredRequest,
  { counterparty, counterpartyDevice, answers, proofs = stored.proofs }: Answering,
): Promise<PolicyEvaluation> {
  const initiator = stored.initiatorId;
  if (initiator === null) throw new Error(`binding request ${stored.id} has no initiator`);
  const pack = await packOf(deps, stored, tx);
  const parties = await lockParties(tx, ...sidesOf(stored.role, initiator, counterparty));
  const watch = new Stopwatch();
  const gathered = await watch.timeAsync(
    'facts',
    async () =>
      await gatherFacts(tx, { ...deps, proofs, pack }, stored, { parties, counterpartyDevice }),
  );
  const facts = { ...gathered, answers, proofs };
  const decision = evaluate(pack, deps.hooks, facts, (name, work) => watch.time(name, work));
  const prepared = {
    decisionId: newId('dec'),
    bindingId: newId('bnd'),
    due: dueAfter(stored.now, pack.review.workingDays),
    until: plusSeconds(stored.now, pack.stepUp.minutes * MINUTE),
    asked: await findAskable(tx, {
      stored,
      counterparty,
      pack,
      asked: askedIn(decision.hooks, proofs),
      verdict: decision.verdict,
    }),
  };
  return {
    parties,
    counterpartyDevice,
    facts,
    decision,
    timings: watch.laps,
    prepared,
    outcome: policyOutcomeOf(decision, prepared),
    graded: pack.grades !== null,
    fourEyes: pack.review.fourEyes[parties.primary.kind],
  };
}
