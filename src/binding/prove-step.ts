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
import { type ApprovalSession, lockApprovalSession } from './approval-sessions.store.ts';
import type { BindingRequest, Side } from './binding-request.ts';
import type { BindingDeps, PolicyDeps } from './deps.ts';
import { evaluatePolicy, handleRequestCommand } from './handle-request-command.ts';
import type { StoredRequest } from './request-row.ts';
import { isOldEnough, purposeOf } from './step-up.ts';
import { isFresh, isOver, packOf } from './view-request.ts';

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

/** Options for the browser's passkey dialogue, for whoever may prove something here and now. */
export async function beginStepPasskey(
  deps: FactorStepDeps,
  step: Step,
): Promise<Result<object, StepRefusal | 'no_such_factor'>> {
  const seat = await deps.db.transaction(async (tx) => await takeSeat(tx, deps, step, 'any'));
  if (!seat.ok) return seat;
  return await beginPasskeyProof(deps.factors, {
    account: seat.value.by,
    purpose: purposeOf(seat.value.stored.id),
  });
}

/**
 * A side proves a factor of its account, for this request alone; the decision then goes on where it stood, on facts of now.
 * The proof is looked at between two looks at the request: an attempt that is wrong counts, whatever becomes of the request.
 */
export async function proveStep(
  deps: FactorStepDeps,
  { proof: sent, ...step }: Step & { readonly proof: SentProof },
): Promise<
  Result<BindingRequest, StepRefusal | ProofRefusal | 'proof_missing' | 'factor_too_young'>
> {
  const seat = await deps.db.transaction(async (tx) => await takeSeat(tx, deps, step, 'any'));
  if (!seat.ok) return seat;
  const { by, stored } = seat.value;
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
    const again = await takeSeat(tx, deps, step, 'any');
    if (!again.ok) return again;
    const { side } = again.value.approvalSession;
    return await applyProof(tx, deps, {
      stored: again.value.stored,
      side,
      proof: { by: kind, at },
      actor: by,
    });
  });
}

/** A side, either of them, would rather have a person look (R23). To wait for one is safe however long ago one signed in. */
export async function askPerson(
  deps: BindingDeps,
  step: Step,
): Promise<Result<BindingRequest, StepRefusal>> {
  return await deps.db.transaction(async (tx) => {
    const seat = await takeSeat(tx, deps, step, null);
    if (!seat.ok) return seat;
    const { stored, by } = seat.value;
    const { evaluation, counterpartyDevice } = await evaluateAgain(tx, deps, stored);
    const applied = await handleRequestCommand(
      tx,
      stored,
      { type: 'ask_person', ...evaluation.outcome },
      { actor: by, evaluation, counterpartyDevice },
    );
    return applied.ok ? applied : refuse('request_over', applied.refusal.site);
  });
}

export interface StepParticipant {
  readonly approvalSession: ApprovalSession;
  readonly stored: StoredRequest;
  readonly by: AccountId;
}

/**
 * Who sits here, with the request locked, if it is for them to do something: the account that this side agreed with, in a
 * approval session of this browser, freshly signed in where it is to prove by `means`; null: it proves nothing.
 */
export async function takeSeat(
  tx: Tx,
  deps: PolicyDeps,
  { approvalSessionId, visitor }: Step,
  means: Means | null,
): Promise<Result<StepParticipant, StepRefusal>> {
  const seated = await lockApprovalSession(tx, approvalSessionId, visitor.browser);
  if (!seated) return refuse('unknown_approval_session', 'BIND-7P2');
  const { approvalSession, stored } = seated;
  const by = approvalSession.side === 'initiator' ? stored.initiatorId : stored.counterpartyId;
  if (by === null || approvalSession.accountId !== by)
    return refuse('unknown_approval_session', 'BIND-7P3');
  if (stored.request.state !== 'proving' || isOver(stored))
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

/** What a proof does to a request that is locked: everything is judged anew, and the state machine says what follows. */
export async function applyProof(
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
  if (request.state !== 'proving' || isOver(stored)) return refuse('request_over', 'BIND-7P8');
  const means = meansFor(request.asked, side);
  if (means === null) return refuse('not_asked', 'BIND-7P9');
  if (!isEnough(means, proof)) return refuse('not_enough', 'BIND-7PA');
  const { evaluation, counterpartyDevice } = await evaluateAgain(tx, deps, stored, {
    ...stored,
    proofs: withProof(request.proofs, side, proof),
  });
  const applied = await handleRequestCommand(
    tx,
    stored,
    { type: 'prove', side, proof, ...evaluation.outcome },
    { actor, evaluation, counterpartyDevice },
  );
  return applied.ok ? applied : refuse('request_over', applied.refusal.site);
}

/** On facts of now; decision points are taken at the word they gave, because nobody is asked under locks. */
async function evaluateAgain(
  tx: Tx,
  deps: PolicyDeps,
  stored: StoredRequest,
  { proofs }: Pick<StoredRequest, 'proofs'> = stored,
) {
  const { request, counterpartyDevice } = stored;
  if (request.state !== 'proving' || counterpartyDevice === null)
    throw new Error(`binding request ${stored.id} was answered from no device`);
  const answers = await findAnswers(tx, request.decisionId);
  return {
    evaluation: await evaluatePolicy(tx, deps, stored, {
      counterparty: request.counterparty,
      counterpartyDevice,
      answers,
      proofs,
    }),
    counterpartyDevice,
  };
}
