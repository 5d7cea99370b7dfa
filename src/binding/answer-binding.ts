import type { AccountId } from '../kernel/ids.ts';
import { type Result, refuse } from '../kernel/refusals.ts';
import type { Answers } from '../policy/answers.ts';
import type { Visitor } from '../risk/device.ts';
import { consumeKeyProof } from '../risk/device-keys.store.ts';
import type { Tx } from '../store/database.ts';
import {
  type ApprovalSession,
  deviceAt,
  findApprovalSession,
  lockApprovalSession,
} from './approval-sessions.store.ts';
import type { BindingRequest, RequestRefusalCode } from './binding-request.ts';
import type { BindingDeps } from './deps.ts';
import { evaluatePolicy, handleRequestCommand } from './handle-request-command.ts';
import { queryDecisionPoints } from './query-decision-points.ts';
import type { StoredRequest } from './request-row.ts';
import { saveSides } from './requests.store.ts';
import { isFresh, isOver, packOf } from './view-request.ts';

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

/** What the caller of a page is told when the state machine refuses: somebody else was first, or it is over. */
// biome-ignore format: a table is read by its columns
const TOLD = {
  too_early:        'request_over',
  already_done:     'request_over',
  already_redeemed: 'request_over',
  awaits_review:    'request_over',
  request_over:     'request_over',
  initiator_only:     'request_over',
  not_asked:        'request_over',
  not_enough:       'request_over',
  same_account:     'same_account',
} as const satisfies Record<RequestRefusalCode, AnswerRefusal>;

/**
 * The counterparty approves or refuses: one transaction that locks the request (so that of fifty claims of one code one
 * wins), then owners and accounts, counts, evaluates the pack and writes binding, event and audit row. What the policy
 * refuses is not an error here: the request is then in state `refused`, with its public code.
 */
export async function answerBinding(
  deps: BindingDeps,
  answer: Answer,
): Promise<Result<BindingRequest, AnswerRefusal>> {
  return await handleAnswer(
    deps,
    answer,
    'counterparty',
    async (tx, { stored, approvalSession, by, answers }) => {
      if (answer.decision === 'refuse')
        return await handleRequestCommand(
          tx,
          stored,
          { type: 'decline', by: 'counterparty' },
          { actor: by },
        );
      if (by === stored.initiatorId) return refuse('same_account', 'BIND-7A0');
      if (stored.request.state !== 'offered') return refuse('request_over', 'BIND-7A1');
      const counterpartyDevice = await consumeKeyProof(
        tx,
        deviceAt(approvalSession, answer.visitor),
      );
      const evaluation = await evaluatePolicy(tx, deps, stored, {
        counterparty: by,
        counterpartyDevice,
        answers,
      });
      const { primary, sub } = evaluation.parties;
      await saveSides(tx, stored.id, {
        counterpartyDevice,
        primaryId: primary.id,
        subId: sub.id,
        primaryOwnerId: primary.ownerId,
      });
      const confirmation = (await packOf(deps, stored, tx)).confirmation[primary.kind];
      return await handleRequestCommand(
        tx,
        stored,
        { type: 'answer', counterparty: by, confirmation, ...evaluation.outcome },
        { actor: by, evaluation, counterpartyDevice },
      );
    },
  );
}

/** The initiator's last word, where the pack asks for it: they have seen which account answered. Judged anew, on facts of now. */
export async function confirmBinding(
  deps: BindingDeps,
  answer: Answer,
): Promise<Result<BindingRequest, AnswerRefusal>> {
  return await handleAnswer(deps, answer, 'initiator', async (tx, { stored, by, answers }) => {
    if (answer.decision === 'refuse')
      return await handleRequestCommand(
        tx,
        stored,
        { type: 'decline', by: 'initiator' },
        { actor: by },
      );
    if (stored.request.state !== 'answered') return refuse('request_over', 'BIND-7A2');
    const counterpartyDevice = stored.counterpartyDevice;
    if (counterpartyDevice === null)
      throw new Error(`binding request ${stored.id} was answered from no device`);
    const evaluation = await evaluatePolicy(tx, deps, stored, {
      counterparty: stored.request.counterparty,
      counterpartyDevice,
      answers,
    });
    return await handleRequestCommand(
      tx,
      stored,
      { type: 'confirm', ...evaluation.outcome },
      { actor: by, evaluation, counterpartyDevice },
    );
  });
}

interface Answered {
  readonly stored: StoredRequest;
  readonly approvalSession: ApprovalSession;
  readonly by: AccountId;
  readonly answers: Answers;
}

async function handleAnswer(
  deps: BindingDeps,
  answer: Answer,
  side: ApprovalSession['side'],
  settle: (tx: Tx, answered: Answered) => Promise<Result<BindingRequest, RequestRefusalCode>>,
): Promise<Result<BindingRequest, AnswerRefusal>> {
  const { approvalSessionId, visitor, decision } = answer;
  const asked = await askBefore(deps, answer, side);
  return await deps.db.transaction(async (tx): Promise<Result<BindingRequest, AnswerRefusal>> => {
    const seated = await lockApprovalSession(tx, approvalSessionId, visitor.browser);
    if (seated?.approvalSession.side !== side || seated.approvalSession.accountId === null)
      return refuse('unknown_approval_session', 'BIND-7A3');
    const { approvalSession, stored } = seated;
    const by = seated.approvalSession.accountId;
    if (isOver(stored)) return refuse('request_over', 'BIND-7A4');
    // Another may have come to this page with the same code: once somebody has answered, that answer is not theirs to take back.
    if (side === 'counterparty' && stored.counterpartyId !== null && stored.counterpartyId !== by)
      return refuse('request_over', 'BIND-7A7');
    if (side === 'counterparty' && approvalSession.codeSerial !== stored.codeSerial)
      return refuse('request_over', 'BIND-7A6');
    // To say no is safe however long ago one signed in: a initiator may cancel all the while it waits.
    if (decision === 'approve' && !isFresh(approvalSession, await packOf(deps, stored, tx)))
      return refuse('stale_sign_in', 'BIND-7A5');
    const answers = asked?.about === by ? asked.answers : {}; // what was said about somebody else says nothing
    const applied = await settle(tx, { stored, approvalSession, by, answers });
    return applied.ok ? applied : refuse(TOLD[applied.refusal.code], applied.refusal.site);
  });
}

/** What the operator's decision points say, asked before the transaction; nothing is read where there are none. */
async function askBefore(
  deps: BindingDeps,
  { approvalSessionId, visitor, decision }: Answer,
  side: ApprovalSession['side'],
): Promise<{ readonly about: AccountId; readonly answers: Answers } | undefined> {
  if (decision === 'refuse' || deps.decisionPoints.length === 0) return undefined;
  const approvalSession = await findApprovalSession(deps.db, approvalSessionId, visitor.browser);
  if (approvalSession?.side !== side || approvalSession.accountId === null) return undefined;
  const about = approvalSession.accountId;
  return {
    about,
    answers: await queryDecisionPoints(deps, approvalSession.requestId, {
      side,
      by: about,
      device: deviceAt(approvalSession, visitor),
    }),
  };
}
