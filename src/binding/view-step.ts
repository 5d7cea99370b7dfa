import type { FactorKind } from '../accounts/factor.ts';
import { type Means, meansFor, type ProofMeans } from '../policy/step-up.ts';
import type { BindingDeps } from './deps.ts';
import { findAbilities } from './step-up.store.ts';
import { MOST_CHECKS } from './step-up.ts';
import type { ApprovalSessionView } from './view-request.ts';

/** What one side sees of a request that waits for proofs. */
export interface StepView {
  /** Null: this side has nothing to prove; it is the other side's turn. */
  readonly means: Means | null;
  /** The other side may prove it instead. */
  readonly either: boolean;
  readonly proved: ProofMeans | null;
  readonly secondsLeft: number;
  /** Factors that count. */
  readonly factors: readonly FactorKind[];
  /** It has a factor that is too young to count. */
  readonly young: boolean;
  readonly factorDays: number;
  readonly check: 'possible' | 'waiting' | 'failed_once' | 'failed' | 'none';
}

/** Undefined where nothing is asked, or the account is not the one that agreed. */
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

/** Names what the page shows now: a page that waits reloads when it changes. */
export function proofStatusOf(
  { request }: ApprovalSessionView,
  step: StepView | undefined,
): string {
  if (request.proving === null) return request.state;
  const { initiator, counterparty, either } = request.proving.asked;
  return ['proving', initiator, counterparty, either, step?.check ?? ''].join('.');
}
