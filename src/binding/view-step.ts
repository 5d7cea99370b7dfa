import type { FactorKind } from '../accounts/factor.ts';
import { type Means, meansFor, type ProofMeans } from '../policy/step-up.ts';
import type { BindingDeps } from './deps.ts';
import { findAbilities } from './step-up.store.ts';
import { MOST_CHECKS } from './step-up.ts';
import type { ApprovalSessionView } from './view-request.ts';

/** What one side sees of a request that waits for proof: its own part, and whether the other has one. */
export interface StepView {
  /** Null: nothing of this side is wanted; the counterparty has its turn. */
  readonly means: Means | null;
  /** It is enough if the counterparty does it instead. */
  readonly either: boolean;
  readonly proved: ProofMeans | null;
  readonly secondsLeft: number;
  /** Factors that count for what is asked. */
  readonly factors: readonly FactorKind[];
  /** There is one that is too young to count. */
  readonly young: boolean;
  readonly factorDays: number;
  readonly check: 'possible' | 'waiting' | 'failed_once' | 'failed' | 'none';
}

/** Undefined where nothing is to be proved, or this approval session's account is not the one that agreed. */
export async function viewStep(
  { db }: Pick<BindingDeps, 'db'>,
  { approvalSession, request }: ApprovalSessionView,
): Promise<StepView | undefined> {
  const { proving } = request;
  const account = approvalSession.side === 'initiator' ? request.initiator : request.counterparty;
  if (proving === null || account === null || account.id !== approvalSession.account?.id)
    return undefined;
  const means = meansFor(proving.asked, approvalSession.side);
  const able = await findAbilities(db, {
    request: request.id,
    side: approvalSession.side,
    account: account.id,
    factorDays: proving.factorDays,
  });
  const check = able.checking
    ? 'waiting'
    : able.failed >= MOST_CHECKS
      ? 'failed'
      : !able.check
        ? 'none'
        : able.failed > 0
          ? 'failed_once'
          : 'possible';
  return {
    means,
    either: means !== null && proving.asked[approvalSession.side] === null,
    proved: proving.proofs[approvalSession.side]?.by ?? null,
    secondsLeft: proving.secondsLeft,
    factors: means === 'any' ? able.factors : [],
    young: able.young,
    factorDays: proving.factorDays,
    check: means === null && check !== 'waiting' ? 'none' : check,
  };
}

/** Tells one standing of the step from the next: a page that waits is loaded anew when it changes. */
export function proofStatusOf(
  { request }: ApprovalSessionView,
  step: StepView | undefined,
): string {
  if (request.proving === null) return request.state;
  const { initiator, counterparty, either } = request.proving.asked;
  return ['proving', initiator, counterparty, either, step?.check ?? ''].join('.');
}
