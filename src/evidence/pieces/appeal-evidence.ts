import { findAccount } from '../../accounts/accounts.store.ts';
import { findActors } from '../../audit/audit-log.store.ts';
import type { AccountId, CaseId, OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import type { AppealRefusal } from '../../review/appeal.ts';
import { materialDueAfter } from '../../review/deadline.ts';
import { openAppeal } from '../../review/open-appeal.ts';
import type { Tx } from '../../store/database.ts';
import { findClaim } from '../claims/claims.store.ts';
import type { EvidenceDeps } from '../deps.ts';
import { lockEvidence, saveDue } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { EVIDENCE } from './evidence-type.ts';
import { findMatter } from './review-evidence.ts';

/**
 * The account asks other people to review a rejection by a provider or a reviewer (R23), once,
 * within thirty days. Their due date becomes the due date of the piece (R4).
 */
export async function appealEvidence(
  deps: Pick<EvidenceDeps, 'db' | 'secrets' | 'review'>,
  {
    evidenceId,
    by,
    text,
  }: { readonly evidenceId: string; readonly by: AccountId; readonly text: string },
): Promise<
  Result<{ readonly caseId: CaseId; readonly due: Date }, AppealRefusal | 'unknown_evidence'>
> {
  return await deps.db.transaction(
    async (
      tx,
    ): Promise<Result<{ caseId: CaseId; due: Date }, AppealRefusal | 'unknown_evidence'>> => {
      const stored = await lockEvidence(tx, evidenceId);
      // somebody else's looks like none
      if (stored?.accountId !== by) return refuse('unknown_evidence', 'EVI-9P0');
      const account = await findAccount(tx, by);
      if (!account) throw new Error(`account ${by} is gone`);
      const { now } = stored;
      const due = materialDueAfter(now, account.kind, deps.review);
      const refusedBy = await findRefuters(tx, stored);
      const matter = await findMatter(tx, stored, { account, times: deps.review });
      const refusedAt = appealableSince(
        stored,
        account.ownerId ?? (await findClaim(tx, by))?.owner,
      );
      const opened = await openAppeal(tx, deps, {
        ...matter,
        due,
        by,
        text,
        now,
        refusedAt,
        refusedBy,
        appealDays: deps.review.appealDays,
      });
      if (!opened.ok) return opened;
      await saveDue(tx, stored.id, due);
      return ok({ caseId: opened.value, due });
    },
  );
}

/**
 * When it was rejected, if that can be appealed. An unconfirmed deposit or a missed visit was
 * decided by nobody, so it is submitted again instead. A piece for another owner than the account's
 * present one proves nothing about it.
 */
export function appealableSince(
  { type, evidence, ownerId }: Pick<StoredEvidence, 'type' | 'evidence' | 'ownerId'>,
  owner: OwnerId | undefined,
): Date | null {
  return evidence.state === 'rejected' && ownerId === owner && EVIDENCE[type].brings === 'documents'
    ? evidence.rejectedAt
    : null;
}

/** Staff who found it false acted without a case. */
async function findRefuters(tx: Tx, { id }: StoredEvidence): Promise<readonly AccountId[]> {
  return (await findActors(tx, { subject: id, action: 'evidence.refuted' })) as AccountId[];
}
