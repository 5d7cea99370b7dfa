import type { FactorKind } from '../accounts/factor.ts';
import { type Means, meansFor, type ProofMeans } from '../policy/step-up.ts';
import type { BindingDeps } from './deps.ts';
import { findAbilities } from './step-up.store.ts';
import { MOST_CHECKS } from './step-up.ts';
import type { SittingView } from './view-request.ts';

/** What one side sees of a request that waits for proof: its own part, and whether the other has one. */
export interface StepView {
  /** Null: nothing of this side is wanted; the other side has its turn. */
  readonly means: Means | null;
  /** It is enough if the other side does it instead. */
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

/** Undefined where nothing is to be proved, or this sitting's account is not the one that agreed. */
export async function viewStep({ db }: Pick<BindingDeps, 'db'>, { sitting, request }: SittingView): Promise<StepView | undefined> {
  const { proving } = request;
  const account = sitting.side === 'starter' ? request.starter : request.other;
  if (proving === null || account === null || account.id !== sitting.account?.id) return undefined;
  const means = meansFor(proving.asked, sitting.side);
  const able = await findAbilities(db, { request: request.id, side: sitting.side, account: account.id, factorDays: proving.factorDays });
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
    either: means !== null && proving.asked[sitting.side] === null,
    proved: proving.proofs[sitting.side]?.by ?? null,
    secondsLeft: proving.secondsLeft,
    factors: means === 'any' ? able.factors : [],
    young: able.young,
    factorDays: proving.factorDays,
    check: means === null && check !== 'waiting' ? 'none' : check,
  };
}

/** Tells one standing of the step from the next: a page that waits is loaded anew when it changes. */
export function standingOf({ request }: SittingView, step: StepView | undefined): string {
  if (request.proving === null) return request.state;
  const { starter, other, either } = request.proving.asked;
  return ['proving', starter, other, either, step?.check ?? ''].join('.');
}
