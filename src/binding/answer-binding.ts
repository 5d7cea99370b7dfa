import type { AccountId } from '../kernel/ids.ts';
import { type Result, refuse } from '../kernel/refusals.ts';
import type { Answers } from '../policy/answers.ts';
import type { Visitor } from '../risk/device.ts';
import { bookKeyProof } from '../risk/device-keys.store.ts';
import type { Tx } from '../store/database.ts';
import { askConsultants } from './ask-consultants.ts';
import type { BindingRequest, RequestRefusalCode } from './binding-request.ts';
import type { BindingDeps } from './deps.ts';
import type { StoredRequest } from './request-row.ts';
import { saveSides } from './requests.store.ts';
import { apply, judge } from './settle.ts';
import { deviceAt, findSitting, lockSitting, type Sitting } from './sittings.store.ts';
import { isFresh, isOver, packOf } from './view-request.ts';

export type AnswerRefusal = 'unknown_sitting' | 'stale_sign_in' | 'request_over' | 'same_account';

export interface Answer {
  readonly sittingId: string;
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
  starter_only:     'request_over',
  not_asked:        'request_over',
  not_enough:       'request_over',
  same_account:     'same_account',
} as const satisfies Record<RequestRefusalCode, AnswerRefusal>;

/**
 * The other side approves or refuses: one transaction that locks the request (so that of fifty claims of one code one
 * wins), then owners and accounts, counts, evaluates the pack and writes binding, event and audit row. What the policy
 * refuses is not an error here: the request is then in state `refused`, with its public code.
 */
export async function answerBinding(deps: BindingDeps, answer: Answer): Promise<Result<BindingRequest, AnswerRefusal>> {
  return await settleSitting(deps, answer, 'other', async (tx, { stored, sitting, by, answers }) => {
    if (answer.decision === 'refuse') return await apply(tx, stored, { type: 'decline', by: 'other' }, { actor: by });
    if (by === stored.starterId) return refuse('same_account', 'BIND-7A0');
    if (stored.request.state !== 'offered') return refuse('request_over', 'BIND-7A1');
    const otherDevice = await bookKeyProof(tx, deviceAt(sitting, answer.visitor));
    const judgement = await judge(tx, deps, stored, { other: by, otherDevice, answers });
    const { primary, sub } = judgement.parties;
    await saveSides(tx, stored.id, { otherDevice, primaryId: primary.id, subId: sub.id, primaryOwnerId: primary.ownerId });
    const confirmation = (await packOf(deps, stored, tx)).confirmation[primary.kind];
    return await apply(tx, stored, { type: 'answer', other: by, confirmation, ...judgement.ruling }, { actor: by, judgement, otherDevice });
  });
}

/** The starter's last word, where the pack asks for it: they have seen which account answered. Judged anew, on facts of now. */
export async function confirmBinding(deps: BindingDeps, answer: Answer): Promise<Result<BindingRequest, AnswerRefusal>> {
  return await settleSitting(deps, answer, 'starter', async (tx, { stored, by, answers }) => {
    if (answer.decision === 'refuse') return await apply(tx, stored, { type: 'decline', by: 'starter' }, { actor: by });
    if (stored.request.state !== 'answered') return refuse('request_over', 'BIND-7A2');
    const otherDevice = stored.otherDevice;
    if (otherDevice === null) throw new Error(`binding request ${stored.id} was answered from no device`);
    const judgement = await judge(tx, deps, stored, { other: stored.request.other, otherDevice, answers });
    return await apply(tx, stored, { type: 'confirm', ...judgement.ruling }, { actor: by, judgement, otherDevice });
  });
}

interface Answered {
  readonly stored: StoredRequest;
  readonly sitting: Sitting;
  readonly by: AccountId;
  readonly answers: Answers;
}

async function settleSitting(
  deps: BindingDeps,
  answer: Answer,
  side: Sitting['side'],
  settle: (tx: Tx, answered: Answered) => Promise<Result<BindingRequest, RequestRefusalCode>>,
): Promise<Result<BindingRequest, AnswerRefusal>> {
  const { sittingId, visitor, decision } = answer;
  const asked = await askBefore(deps, answer, side);
  return await deps.db.transaction(async (tx): Promise<Result<BindingRequest, AnswerRefusal>> => {
    const seated = await lockSitting(tx, sittingId, visitor.browser);
    if (seated?.sitting.side !== side || seated.sitting.accountId === null) return refuse('unknown_sitting', 'BIND-7A3');
    const { sitting, stored } = seated;
    const by = seated.sitting.accountId;
    if (isOver(stored)) return refuse('request_over', 'BIND-7A4');
    // Another may have come to this page with the same code: once somebody has answered, that answer is not theirs to take back.
    if (side === 'other' && stored.otherId !== null && stored.otherId !== by) return refuse('request_over', 'BIND-7A7');
    if (side === 'other' && sitting.codeSerial !== stored.codeSerial) return refuse('request_over', 'BIND-7A6');
    // To say no is safe however long ago one signed in: a starter may cancel all the while it waits.
    if (decision === 'approve' && !isFresh(sitting, await packOf(deps, stored, tx))) return refuse('stale_sign_in', 'BIND-7A5');
    const answers = asked?.about === by ? asked.answers : {}; // what was said about somebody else says nothing
    const applied = await settle(tx, { stored, sitting, by, answers });
    return applied.ok ? applied : refuse(TOLD[applied.refusal.code], applied.refusal.site);
  });
}

/** What the operator's consultants say, asked before the transaction; nothing is read where there are none. */
async function askBefore(
  deps: BindingDeps,
  { sittingId, visitor, decision }: Answer,
  side: Sitting['side'],
): Promise<{ readonly about: AccountId; readonly answers: Answers } | undefined> {
  if (decision === 'refuse' || deps.consultants.length === 0) return undefined;
  const sitting = await findSitting(deps.db, sittingId, visitor.browser);
  if (sitting?.side !== side || sitting.accountId === null) return undefined;
  const about = sitting.accountId;
  return { about, answers: await askConsultants(deps, sitting.requestId, { side, by: about, device: deviceAt(sitting, visitor) }) };
}
