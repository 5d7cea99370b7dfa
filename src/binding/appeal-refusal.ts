import { lockAccounts } from '../accounts/accounts.store.ts';
import type { AccountId, CaseId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { AppealRefusal as NoAppeal } from '../review/appeal.ts';
import { findAppeals } from '../review/appeals.store.ts';
import { dueAfter } from '../review/deadline.ts';
import { openAppeal } from '../review/open-appeal.ts';
import type { BindingDeps } from './deps.ts';
import { appealableSince, refusedBy } from './refusal.ts';
import { findRefusalOf, findRefusalsBetween, type StoredRefusal } from './refusals.store.ts';
import { packOf } from './request-pack.ts';
import { lockRequest } from './requests.store.ts';

export type AppealRefusal = 'unknown_request' | NoAppeal;

/**
 * Asks for a person to decide about a refusal, or for another person where a person refused (R23).
 * Either side may ask, once a refusal. Between the same two accounts one appeal may be open, so
 * that nobody fills the queue by trying again.
 */
export async function appealRefusal(
  deps: Pick<BindingDeps, 'db' | 'packs' | 'secrets'>,
  {
    requestId,
    by,
    text,
  }: { readonly requestId: string; readonly by: AccountId; readonly text: string },
): Promise<Result<{ readonly caseId: CaseId; readonly due: Date }, AppealRefusal>> {
  const seen = await findRefusalOf(deps.db, requestId, by);
  if (!seen) return refuse('unknown_request', 'BIND-8A0');
  return await deps.db.transaction(
    async (tx): Promise<Result<{ caseId: CaseId; due: Date }, AppealRefusal>> => {
      const { now } = await lockRequest(tx, seen.id);
      // The second of two appeals at once waits here.
      const accounts = await lockAccounts(tx, sidesOf(seen));
      const waiting = await findAppeals(tx, {
        kind: 'binding_request',
        ids: await findRefusalsBetween(tx, seen),
      });
      if ([...waiting.values()].some(({ state }) => state === 'open'))
        return refuse('already_appealed', 'BIND-8A1');
      const { review } = await packOf(deps, seen, tx);
      const kind = (seen.primary_id && accounts.get(seen.primary_id)?.kind) || null;
      const due = dueAfter(now, review.workingDays);
      const opened = await openAppeal(tx, deps, {
        subject: { kind: 'binding_request', id: seen.id },
        by,
        text,
        applicant: by,
        kind,
        fourEyes: kind !== null && review.fourEyes[kind],
        due,
        evidence: { decisionId: seen.decision_id, refusal: seen.refusal, hooks: seen.hooks },
        excludedOwners: [...accounts.values()]
          .map(({ ownerId }) => ownerId)
          .filter((id) => id !== null),
        refusedAt: appealableSince(refusedBy(seen), seen.refused_at),
        appealDays: review.appealDays,
        now,
      });
      return opened.ok ? ok({ caseId: opened.value, due }) : opened;
    },
  );
}

function sidesOf({ initiator_id, primary_id, sub_id }: StoredRefusal): readonly AccountId[] {
  return [...new Set([initiator_id, primary_id, sub_id])].filter((id) => id !== null);
}
