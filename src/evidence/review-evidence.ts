import { findAccount } from '../accounts/accounts.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { materialDueAfter, type ReviewTimes } from '../review/deadline.ts';
import type { CaseOutcome } from '../review/decide-case.ts';
import { openCase } from '../review/open-case.ts';
import type { Tx } from '../store/database.ts';
import { lockEvidence, saveDue } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { settle } from './settle-evidence.ts';

/** Puts a piece before a person, with the date that the owner sees too; special industry gets its extra days (R4). */
export async function openEvidenceCase(tx: Tx, stored: StoredEvidence, times: ReviewTimes): Promise<Date> {
  const account = await findAccount(tx, stored.accountId);
  if (!account) throw new Error(`account ${stored.accountId} is gone`);
  const due = materialDueAfter(stored.now, account.kind, times);
  await openCase(tx, {
    subject: { kind: 'evidence', id: stored.id },
    due,
    evidence: { type: stored.type, account: account.id, kind: account.kind, validUntil: stored.validUntil },
    excludedOwners: [...new Set([stored.ownerId, account.ownerId])].filter((id) => id !== null),
  });
  await saveDue(tx, stored.id, due);
  return due;
}

/**
 * What a reviewer's decision does to a piece of evidence (R23). One that ran out while it waited is not accepted, whatever
 * the reviewer said; one that its owner withdrew meanwhile stays withdrawn, and the case is closed all the same.
 */
export const evidenceOutcome: { readonly lock: (tx: Tx, id: string) => Promise<void>; readonly settle: CaseOutcome } = {
  lock: async (tx, id) => void (await lockEvidence(tx, id)),
  settle: async (tx, { subjectId, accept, reviewer }) => {
    const stored = await lockEvidence(tx, subjectId);
    if (stored) await settleDecision(tx, stored, accept, reviewer);
  },
};

async function settleDecision(tx: Tx, stored: StoredEvidence, accept: boolean, reviewer: AccountId): Promise<void> {
  const { now, validUntil } = stored;
  if (!accept) {
    await settle(tx, stored, { type: 'reject', by: 'person', reason: 'not_accepted', now }, reviewer);
    return;
  }
  const accepted = await settle(tx, stored, { type: 'accept', by: 'person', validUntil, now }, reviewer);
  if (accepted.ok || accepted.refusal.code !== 'out_of_date') return;
  await settle(tx, stored, { type: 'reject', by: 'person', reason: 'out_of_date', now }, reviewer);
}
