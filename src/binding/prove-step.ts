import type { FactorDeps } from '../accounts/deps.ts';
import type { ProofRefusal, SentProof } from '../accounts/factor.ts';
import { beginPasskeyProof, provePasskey } from '../accounts/prove-passkey.ts';
import { proveTotp } from '../accounts/prove-totp.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { findAnswers } from '../policy/decisions.store.ts';
import { isEnough, type Means, meansFor, type Proof, withProof } from '../policy/step-up.ts';
import type { Visitor } from '../risk/device.ts';
import type { Tx } from '../store/database.ts';
import { type ApprovalSession, isFresh } from './approval-session.ts';
import { lockApprovalSession } from './approval-sessions.store.ts';
import type { BindingRequest, Side } from './binding-request.ts';
import type { BindingDeps, PolicyDeps } from './deps.ts';
import { hasLapsed } from './effective-state.ts';
import { evaluatePolicy, type PolicyEvaluation } from './evaluate-policy.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { packOf } from './request-pack.ts';
import type { StoredRequest } from './request-row.ts';
import { isOldEnough, purposeOf } from './step-up.ts';

export type StepRefusal =
  | 'unknown_approval_session'
  | 'stale_sign_in'
  | 'request_over'
  | 'not_asked'
  | 'not_enough';

export interface Step {
  readonly approvalSessionId: string;
  readonly visitor: Visitor;
}

export type FactorStepDeps = BindingDeps & { readonly factors: FactorDeps };

/** Options for the browser's passkey dialogue, for a side that may prove something now. */
export async function beginStepPasskey(
  deps: FactorStepDeps,
  step: Step,
): Promise<Result<object, StepRefusal | 'no_such_factor'>> {
  const participant = await deps.db.transaction(
    async (tx) => await lockParticipant(tx, deps, step, 'any'),
  );
  if (!participant.ok) return participant;
  const { by, stored } = participant.value;
  return await beginPasskeyProof(deps.factors, { account: by, purpose: purposeOf(stored.id) });
}

/**
 * A side proves a factor of its account, for this request alone. The policy is then evaluated
 * again, on the facts of now. The proof is checked outside the transaction that locks the request,
 * so that a wrong attempt counts whatever becomes of the request. /
 */
export async function proveStep(
  deps: FactorStepDeps,
  { proof: sent, ...step }: Step & { readonly proof: SentProof },
): Promise<
  Result<BindingRequest, StepRefusal | ProofRefusal | 'proof_missing' | 'factor_too_young'>
> {
  const participant = await deps.db.transaction(
    async (tx) => await lockParticipant(tx, deps, step, 'any'),
  );
  if (!participant.ok) return participant;
  const { by, stored } = participant.value;
  const { code = '', passkey = '' } = sent;
  if (code === '' && passkey === '') return refuse('proof_missing', 'BIND-7P0');
  const about = { account: by, purpose: purposeOf(stored.id) };
  const proved = await (passkey === ''
    ? proveTotp(deps.factors, { ...about, code })
    : provePasskey(deps.factors, { ...about, response: passkey }));
  if (!proved.ok) return proved;
  const { kind, enrolledAt, at } = proved.value;
  const { stepUp } = await packOf(deps, stored, deps.db);
  if (!isOldEnough(enrolledAt, stepUp.factorDays, at))
    return refuse('factor_too_young', 'BIND-7P1', { factor: proved.value.factor });
  return await deps.db.transaction(async (tx) => {
    const again = await lockParticipant(tx, deps, step, 'any');
    if (!again.ok) return again;
    const { approvalSession, stored } = again.value;
    const { side } = approvalSession;
    return await handleProof(tx, deps, { stored, side, proof: { by: kind, at }, actor: by });
  });
}

/** A side asks for a person to decide (R23). That takes no fresh sign-in: waiting is safe. */
export async function askPerson(
  deps: BindingDeps,
  step: Step,
): Promise<Result<BindingRequest, StepRefusal>> {
  return await deps.db.transaction(async (tx) => {
    const participant = await lockParticipant(tx, deps, step, null);
    if (!participant.ok) return participant;
    const { stored, by } = participant.value;
    const evaluation = await evaluateAgain(tx, deps, stored);
    const handled = await handleRequestCommand(
      tx,
      stored,
      { type: 'ask_person', ...evaluation.outcome },
      { actor: by, lifetimes: deps.lifetimes, evaluation },
    );
    return handled.ok ? handled : refuse('request_over', handled.refusal.site);
  });
}

export interface StepParticipant {
  readonly approvalSession: ApprovalSession;
  readonly stored: StoredRequest;
  readonly by: AccountId;
}

/**
 * Locks the request and checks that this approval session may go on with it: its account is the one
 * that agreed, and freshly signed in where it is to prove something by `means`. Null: nothing.
 */
export async function lockParticipant(
  tx: Tx,
  deps: PolicyDeps,
  { approvalSessionId, visitor }: Step,
  means: Means | null,
): Promise<Result<StepParticipant, StepRefusal>> {
  const locked = await lockApprovalSession(tx, approvalSessionId, visitor.browser);
  if (!locked) return refuse('unknown_approval_session', 'BIND-7P2');
  const { approvalSession, stored } = locked;
  const by = approvalSession.side === 'initiator' ? stored.initiatorId : stored.counterpartyId;
  if (by === null || approvalSession.accountId !== by)
    return refuse('unknown_approval_session', 'BIND-7P3');
  if (stored.request.state !== 'proving' || hasLapsed(stored))
    return refuse('request_over', 'BIND-7P4');
  if (means === null) return ok({ approvalSession, stored, by });
  if (!isFresh(approvalSession, await packOf(deps, stored, tx)))
    return refuse('stale_sign_in', 'BIND-7P5');
  const asked = meansFor(stored.request.asked, approvalSession.side);
  if (asked === null) return refuse('not_asked', 'BIND-7P6');
  return asked === 'identity_check' && means === 'any'
    ? refuse('not_enough', 'BIND-7P7')
    : ok({ approvalSession, stored, by });
}

/** Takes a proof for a locked request: the policy is evaluated again, and the request goes on. */
export async function handleProof(
  tx: Tx,
  deps: PolicyDeps,
  {
    stored,
    side,
    proof,
    actor,
  }: {
    readonly stored: StoredRequest;
    readonly side: Side;
    readonly proof: Proof;
    readonly actor: string;
  },
): Promise<Result<BindingRequest, StepRefusal>> {
  const { request } = stored;
  if (request.state !== 'proving' || hasLapsed(stored)) return refuse('request_over', 'BIND-7P8');
  const means = meansFor(request.asked, side);
  if (means === null) return refuse('not_asked', 'BIND-7P9');
  if (!isEnough(means, proof)) return refuse('not_enough', 'BIND-7PA');
  const proofs = withProof(request.proofs, side, proof);
  const evaluation = await evaluateAgain(tx, deps, stored, { proofs });
  const handled = await handleRequestCommand(
    tx,
    stored,
    { type: 'prove', side, proof, ...evaluation.outcome },
    { actor, lifetimes: deps.lifetimes, evaluation },
  );
  return handled.ok ? handled : refuse('request_over', handled.refusal.site);
}

/**
 * On the facts of now. Decision points count by their stored answers: nobody is asked under locks.
 */
async function evaluateAgain(
  tx: Tx,
  deps: PolicyDeps,
  stored: StoredRequest,
  { proofs }: Pick<StoredRequest, 'proofs'> = stored,
): Promise<PolicyEvaluation> {
  const { request, counterpartyDevice } = stored;
  if (request.state !== 'proving' || counterpartyDevice === null)
    throw new Error(`binding request ${stored.id} was answered from no device`);
  const answers = await findAnswers(tx, request.decisionId);
  const { counterparty } = request;
  return await evaluatePolicy(tx, deps, stored, {
    counterparty,
    counterpartyDevice,
    answers,
    proofs,
  });
}
