import { lockAccounts } from '../accounts/accounts.store.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId, BindingRequestId } from '../kernel/ids.ts';
import { doubtsOf } from '../policy/clearance.ts';
import { markOverturned } from '../policy/decisions.store.ts';
import type { DecidedCase } from '../review/deps.ts';
import { markAttempt } from '../risk/signals.store.ts';
import type { Tx } from '../store/database.ts';
import type { BindingDeps } from './deps.ts';
import { getRefusal, insertClearance } from './refusals.store.ts';
import { packOf } from './request-pack.ts';

/** Tells both sides. compose.ts gives it, because a room above this one keeps notices. */
export type TellSides = (
  tx: Tx,
  told: {
    readonly accounts: readonly AccountId[];
    readonly what: 'appeal.upheld' | 'appeal.dismissed';
    readonly request: BindingRequestId;
  },
) => Promise<void>;

/**
 * Handles the decision of an appeal. The request stays refused: the app was told. An upheld appeal
 * marks the decision as wrong (R24), and clears the doubts of its hooks for the next attempt of the
 * same two accounts. Hooks that read plain facts read them again then.
 */
export async function handleAppealDecision(
  tx: Tx,
  {
    hooks,
    packs,
    tellSides,
  }: Pick<BindingDeps, 'hooks' | 'packs'> & { readonly tellSides: TellSides },
  {
    subjectId,
    caseId,
    accept,
    reviewer,
  }: Pick<DecidedCase, 'subjectId' | 'caseId' | 'accept' | 'reviewer'>,
): Promise<void> {
  const refusal = await getRefusal(tx, subjectId);
  const { primary_id: primary, sub_id: sub, decision_id: decision } = refusal;
  if (primary === null || sub === null || decision === null)
    throw new Error(`the refusal of ${subjectId} rests on no decision`);
  await lockAccounts(tx, [primary, sub]);
  const doubts = accept ? doubtsOf(hooks, refusal.hooks ?? []) : [];
  if (accept) await markOverturned(tx, decision, caseId);
  if (accept) await markAttempt(tx, refusal.id, { risk: false });
  if (doubts.length > 0) {
    const { review } = await packOf({ packs }, refusal, tx);
    await insertClearance(tx, {
      caseId,
      request: refusal.id,
      primary,
      sub,
      pack: refusal.pack,
      doubts,
      days: review.clearanceDays,
    });
  }
  const what = accept ? 'appeal.upheld' : 'appeal.dismissed';
  await appendAudit(tx, {
    action: `binding-request.${what}`,
    subject: refusal.id,
    actor: reviewer,
    detail: { case: caseId, decision, cleared: doubts.map(({ hook }) => hook) },
  });
  await tellSides(tx, { accounts: [primary, sub], what, request: refusal.id });
}
