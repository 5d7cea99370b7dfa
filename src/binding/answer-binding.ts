import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Answers } from '../policy/answers.ts';
import type { Pack } from '../policy/pack.ts';
import type { Visitor } from '../risk/device.ts';
import { consumeKeyProof } from '../risk/device-keys.store.ts';
import { type ApprovalSession, deviceAt, isFresh } from './approval-session.ts';
import {
  findApprovalSession,
  type LockedApprovalSession,
  lockApprovalSession,
} from './approval-sessions.store.ts';
import type { BindingRequest, RequestRefusalCode, Side } from './binding-request.ts';
import type { BindingDeps } from './deps.ts';
import { hasLapsed } from './effective-state.ts';
import { evaluatePolicy } from './evaluate-policy.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { queryDecisionPoints } from './query-decision-points.ts';
import { packOf } from './request-pack.ts';
import type { StoredRequest } from './request-row.ts';

export type AnswerRefusal =
  | 'unknown_approval_session'
  | 'stale_sign_in'
  | 'request_over'
  | 'same_account';

export interface Answer {
  readonly approvalSessionId: string;
  readonly visitor: Visitor;
  readonly decision: 'approve' | 'refuse';
}

type Answered = Result<BindingRequest, AnswerRefusal>;

/**
 * The counterparty approves or refuses, in one transaction: lock the request, so that of fifty
 * answers to one code one wins; check; lock owners and accounts and evaluate the policy; decide and
 * write. A denial by the policy is no error here: the request is then `refused`, with its code.
 */
export async function answerBinding(deps: BindingDeps, answer: Answer): Promise<Answered> {
  // Decision points take time, so they are asked before anything is locked.
  const asked = await askDecisionPoints(deps, answer, 'counterparty');
  return await deps.db.transaction(async (tx): Promise<Answered> => {
    const { lifetimes } = deps;
    const { approvalSessionId, visitor, decision } = answer;
    const locked = await lockApprovalSession(tx, approvalSessionId, visitor.browser);
    const participant = checkParticipant(locked, 'counterparty');
    if (!participant.ok) return participant;
    const { approvalSession, stored, by } = participant.value;
    const turn = checkTurn(participant.value);
    if (!turn.ok) return turn;

    if (decision === 'refuse') {
      const decline = { type: 'decline', by: 'counterparty' } as const;
      return publicly(await handleRequestCommand(tx, stored, decline, { actor: by, lifetimes }));
    }

    const pack = await packOf(deps, stored, tx);
    const fresh = checkFresh(approvalSession, pack);
    if (!fresh.ok) return fresh;
    if (by === stored.initiatorId) return refuse('same_account', 'BIND-7A0');
    if (stored.request.state !== 'offered') return refuse('request_over', 'BIND-7A1');

    // The proof of the device key is a fact, and used up once it is shown, whatever is decided.
    const counterpartyDevice = await consumeKeyProof(tx, deviceAt(approvalSession, visitor));
    const evaluation = await evaluatePolicy(tx, deps, stored, {
      counterparty: by,
      counterpartyDevice,
      answers: answersAbout(by, asked),
    });
    const confirmation = pack.confirmation[evaluation.parties.primary.kind];
    const command = {
      type: 'answer',
      counterparty: by,
      confirmation,
      ...evaluation.outcome,
    } as const;
    return publicly(
      await handleRequestCommand(tx, stored, command, { actor: by, lifetimes, evaluation }),
    );
  });
}

/**
 * The initiator confirms or refuses, where the pack asks for it: they have seen which account
 * answered. The policy is evaluated again, on the facts of now.
 */
export async function confirmBinding(deps: BindingDeps, answer: Answer): Promise<Answered> {
  const asked = await askDecisionPoints(deps, answer, 'initiator');
  return await deps.db.transaction(async (tx): Promise<Answered> => {
    const { lifetimes } = deps;
    const { approvalSessionId, visitor, decision } = answer;
    const locked = await lockApprovalSession(tx, approvalSessionId, visitor.browser);
    const participant = checkParticipant(locked, 'initiator');
    if (!participant.ok) return participant;
    const { approvalSession, stored, by } = participant.value;

    if (decision === 'refuse') {
      const decline = { type: 'decline', by: 'initiator' } as const;
      return publicly(await handleRequestCommand(tx, stored, decline, { actor: by, lifetimes }));
    }

    const fresh = checkFresh(approvalSession, await packOf(deps, stored, tx));
    if (!fresh.ok) return fresh;
    const { request, counterpartyDevice } = stored;
    if (request.state !== 'answered') return refuse('request_over', 'BIND-7A2');
    if (counterpartyDevice === null)
      throw new Error(`binding request ${stored.id} was answered from no device`);

    const evaluation = await evaluatePolicy(tx, deps, stored, {
      counterparty: request.counterparty,
      counterpartyDevice,
      answers: answersAbout(by, asked),
    });
    const command = { type: 'confirm', ...evaluation.outcome } as const;
    return publicly(
      await handleRequestCommand(tx, stored, command, { actor: by, lifetimes, evaluation }),
    );
  });
}

interface Participant {
  readonly approvalSession: ApprovalSession;
  readonly stored: StoredRequest;
  /** The account that is signed in to the approval session. */
  readonly by: AccountId;
}

/** Somebody signed in on this side of a request that is not over. */
function checkParticipant(
  locked: LockedApprovalSession | undefined,
  side: Side,
): Result<Participant, AnswerRefusal> {
  if (locked?.approvalSession.side !== side || locked.approvalSession.accountId === null)
    return refuse('unknown_approval_session', 'BIND-7A3');
  if (hasLapsed(locked.stored)) return refuse('request_over', 'BIND-7A4');
  return ok({ ...locked, by: locked.approvalSession.accountId });
}

/** Others may have come with the same code, and a newer code ends what the older one opened. */
function checkTurn({ approvalSession, stored, by }: Participant): Result<undefined, AnswerRefusal> {
  if (stored.counterpartyId !== null && stored.counterpartyId !== by)
    return refuse('request_over', 'BIND-7A7');
  if (approvalSession.codeSerial !== stored.codeSerial) return refuse('request_over', 'BIND-7A6');
  return ok(undefined);
}

/** Only an approval takes a fresh sign-in: to refuse is safe, however long ago that was. */
function checkFresh(
  approvalSession: ApprovalSession,
  pack: Pack,
): Result<undefined, AnswerRefusal> {
  return isFresh(approvalSession, pack) ? ok(undefined) : refuse('stale_sign_in', 'BIND-7A5');
}

interface Asked {
  readonly about: AccountId;
  readonly answers: Answers;
}

/** What the decision points say of this approval; undefined where nobody has to be asked. */
async function askDecisionPoints(
  deps: BindingDeps,
  { approvalSessionId, visitor, decision }: Answer,
  side: Side,
): Promise<Asked | undefined> {
  if (decision === 'refuse' || deps.decisionPoints.length === 0) return undefined;
  const approvalSession = await findApprovalSession(deps.db, approvalSessionId, visitor.browser);
  if (approvalSession?.side !== side || approvalSession.accountId === null) return undefined;
  const { accountId: about, requestId } = approvalSession;
  const device = deviceAt(approvalSession, visitor);
  return {
    about,
    answers: await queryDecisionPoints(deps, requestId, { side, by: about, device }),
  };
}

/** Answers about another account, which was signed in when they were asked, count for nothing. */
function answersAbout(account: AccountId, asked: Asked | undefined): Answers {
  return asked?.about === account ? asked.answers : {};
}

/** What people are told when the state machine refuses: somebody was first, or it is over. */
// biome-ignore format: a table is read by its columns
const REFUSALS = {
  too_early:        'request_over',
  already_done:     'request_over',
  already_redeemed: 'request_over',
  awaits_review:    'request_over',
  request_over:     'request_over',
  initiator_only:   'request_over',
  not_asked:        'request_over',
  not_enough:       'request_over',
  same_account:     'same_account',
} as const satisfies Record<RequestRefusalCode, AnswerRefusal>;

function publicly(handled: Result<BindingRequest, RequestRefusalCode>): Answered {
  if (handled.ok) return handled;
  return refuse(REFUSALS[handled.refusal.code], handled.refusal.site);
}
