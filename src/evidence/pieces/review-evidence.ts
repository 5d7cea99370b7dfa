import type { Account } from '../../accounts/account.ts';
import { findAccount } from '../../accounts/accounts.store.ts';
import { refuse } from '../../kernel/refusals.ts';
import { materialDueAfter, type ReviewTimes } from '../../review/deadline.ts';
import type { DecidedCase, Subject } from '../../review/deps.ts';
import { type Opening, openCase } from '../../review/open-case.ts';
import type { Tx } from '../../store/database.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findClaimedParent } from './apply-affiliation.ts';
import { lockEvidence, saveDue } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { type EvidenceContext, handleEvidenceCommand } from './handle-evidence-command.ts';
import { tell } from './notices.store.ts';

/**
 * Opens a case about a piece, with the due date that its owner sees. Special industry gets extra
 * days (R4).
 */
export async function openEvidenceCase(
  tx: Tx,
  stored: StoredEvidence,
  times: ReviewTimes,
): Promise<Date> {
  const account = await findAccount(tx, stored.accountId);
  if (!account) throw new Error(`account ${stored.accountId} is gone`);
  const due = materialDueAfter(stored.now, account.kind, times);
  await openCase(tx, { ...(await findMatter(tx, stored, { account, times })), due });
  await saveDue(tx, stored.id, due);
  return due;
}

/** What reviewers are told about a piece, and who may not review it. */
export async function findMatter(
  tx: Tx,
  { id, type, validUntil, ownerId }: StoredEvidence,
  { account, times: { fourEyes } }: { readonly account: Account; readonly times: ReviewTimes },
): Promise<Omit<Opening, 'due'>> {
  const parent = await findClaimedParent(tx, id);
  return {
    subject: { kind: 'evidence', id },
    applicant: account.id,
    kind: account.kind,
    fourEyes: fourEyes[account.kind],
    evidence: { type, account: account.id, kind: account.kind, validUntil },
    excludedOwners: [...new Set([ownerId, account.ownerId, parent])].filter(
      (owner) => owner != null,
    ),
  };
}

/**
 * What a decision does to a piece of evidence (R23). A piece that ran out while it waited is not
 * accepted, whatever the reviewer decided. A withdrawn piece stays withdrawn.
 */
export function evidenceOutcome({ lifetimes }: Pick<EvidenceDeps, 'lifetimes'>): Subject {
  return {
    lock: async (tx, id) => void (await lockEvidence(tx, id)),
    handleDecision: async (tx, { subjectId, accept, reviewer, appeal }: DecidedCase) => {
      const stored = await lockEvidence(tx, subjectId);
      if (!stored) return;
      const handle = appeal ? handleAppeal : handleDecision;
      await handle(tx, stored, accept, { actor: reviewer, lifetimes });
    },
  };
}

async function handleDecision(
  tx: Tx,
  stored: StoredEvidence,
  accept: boolean,
  context: EvidenceContext,
): Promise<void> {
  const { now, validUntil } = stored;
  if (!accept) {
    await handleEvidenceCommand(
      tx,
      stored,
      { type: 'reject', by: 'person', reason: 'not_accepted', now },
      context,
    );
    return;
  }
  const accepted = await handleEvidenceCommand(
    tx,
    stored,
    { type: 'accept', by: 'person', validUntil, now },
    context,
  );
  if (accepted.ok || accepted.refusal.code !== 'out_of_date') return;
  await handleEvidenceCommand(
    tx,
    stored,
    { type: 'reject', by: 'person', reason: 'out_of_date', now },
    context,
  );
}

/** A dismissed appeal leaves the piece as it is. Its owner is told in both cases. */
async function handleAppeal(
  tx: Tx,
  stored: StoredEvidence,
  accept: boolean,
  context: EvidenceContext,
): Promise<void> {
  const { id, accountId, now, validUntil } = stored;
  const overturned = accept
    ? await handleEvidenceCommand(tx, stored, { type: 'overturn', validUntil, now }, context)
    : refuse('not_accepted', 'EVI-9P1');
  if (overturned.ok) return;
  await tell(tx, [
    {
      accountId,
      what: 'appeal.dismissed',
      reason: overturned.refusal.code,
      evidenceId: id,
      bindingId: null,
    },
  ]);
}
