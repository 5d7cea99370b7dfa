import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { bookKeyProof } from '../risk/device-keys.store.ts';
import type { Tx } from '../store/database.ts';
import type { BindingRequest, RequestRefusalCode } from './binding-request.ts';
import type { BindingDeps } from './deps.ts';
import type { StoredRequest } from './request-row.ts';
import { findRequest, lockRequest, saveSides } from './requests.store.ts';
import { apply, judge } from './settle.ts';
import { findSitting, type Sitting } from './sittings.store.ts';
import { describeRequest, isFresh, isOver, packOf, type RequestView } from './view-request.ts';

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
  same_account:     'same_account',
} as const satisfies Record<RequestRefusalCode, AnswerRefusal>;

/**
 * The other side approves or refuses: one transaction that locks the request (so that of fifty claims of one code one
 * wins), then owners and accounts, counts, evaluates the pack and writes binding, event and audit row. What the policy
 * refuses is not an error here: the view then shows state `refused` with its public code.
 */
export async function answerBinding(deps: BindingDeps, answer: Answer): Promise<Result<RequestView, AnswerRefusal>> {
  return await settleSitting(deps, answer, 'other', async (tx, stored, by) => {
    if (answer.decision === 'refuse') return await apply(tx, stored, { type: 'decline', by: 'other' }, { actor: by });
    if (by === stored.starterId) return refuse('same_account', 'BIND-7A0');
    if (stored.request.state !== 'offered') return refuse('request_over', 'BIND-7A1');
    const otherDevice = await bookKeyProof(tx, answer.visitor.device);
    const judgement = await judge(tx, deps, stored, { other: by, otherDevice });
    const { primary, sub } = judgement.parties;
    await saveSides(tx, stored.id, { otherDevice, primaryId: primary.id, subId: sub.id, primaryOwnerId: primary.ownerId });
    const confirmation = packOf(deps, stored.pack).confirmation[primary.kind];
    return await apply(tx, stored, { type: 'answer', other: by, confirmation, ...judgement.ruling }, { actor: by, judgement, otherDevice });
  });
}

/** The starter's last word, where the pack asks for it: they have seen which account answered. Judged anew, on facts of now. */
export async function confirmBinding(deps: BindingDeps, answer: Answer): Promise<Result<RequestView, AnswerRefusal>> {
  return await settleSitting(deps, answer, 'starter', async (tx, stored, by) => {
    if (answer.decision === 'refuse') return await apply(tx, stored, { type: 'decline', by: 'starter' }, { actor: by });
    if (stored.request.state !== 'answered') return refuse('request_over', 'BIND-7A2');
    const otherDevice = stored.otherDevice;
    if (otherDevice === null) throw new Error(`binding request ${stored.id} was answered from no device`);
    const judgement = await judge(tx, deps, stored, { other: stored.request.other, otherDevice });
    return await apply(tx, stored, { type: 'confirm', ...judgement.ruling }, { actor: by, judgement, otherDevice });
  });
}

async function settleSitting(
  deps: BindingDeps,
  { sittingId, visitor, decision }: Answer,
  side: Sitting['side'],
  settle: (tx: Tx, stored: StoredRequest, by: AccountId) => Promise<Result<BindingRequest, RequestRefusalCode>>,
): Promise<Result<RequestView, AnswerRefusal>> {
  const sitting = await findSitting(deps.db, sittingId, visitor.browser);
  if (sitting?.side !== side || sitting.accountId === null) return refuse('unknown_sitting', 'BIND-7A3');
  const by = sitting.accountId;
  const settled = await deps.db.transaction(async (tx): Promise<Result<BindingRequest, AnswerRefusal>> => {
    const stored = await lockRequest(tx, sitting.requestId);
    if (isOver(stored)) return refuse('request_over', 'BIND-7A4');
    if (side === 'other' && sitting.codeSerial !== stored.codeSerial) return refuse('request_over', 'BIND-7A6');
    // To say no is safe however long ago one signed in: a starter may cancel all the while it waits.
    if (decision === 'approve' && !isFresh(sitting, packOf(deps, stored.pack))) return refuse('stale_sign_in', 'BIND-7A5');
    const applied = await settle(tx, stored, by);
    return applied.ok ? applied : refuse(TOLD[applied.refusal.code], applied.refusal.site);
  });
  if (!settled.ok) return settled;
  const stored = await findRequest(deps.db, sitting.requestId);
  if (!stored) throw new Error(`binding request ${sitting.requestId} is gone`);
  return ok(await describeRequest(deps, stored, visitor));
}
