import { lockAccounts } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { upsertField } from '../../owners/owner-fields.store.ts';
import { lockOwners } from '../../owners/owners.store.ts';
import type { DecidedCase, Subject } from '../../review/deps.ts';
import { dropCase } from '../../review/drop-case.ts';
import type { Tx } from '../../store/database.ts';
import type { EvidenceDeps } from '../deps.ts';
import { scheduleRemovalOfCorrection } from '../pieces/documents.store.ts';
import type { EvidenceContext } from '../pieces/handle-evidence-command.ts';
import { tell } from '../pieces/notices.store.ts';
import {
  endCorrection,
  getCorrectedField,
  lockCorrection,
  type StoredCorrection,
} from './corrections.store.ts';

/** What a decision does to a correction: the new value replaces the stored one, or is deleted. */
export function correctionOutcome({ lifetimes }: Pick<EvidenceDeps, 'lifetimes'>): Subject {
  return {
    lock: async (tx, id) => void (await lockCorrection(tx, id)),
    handleDecision: async (tx, { subjectId, accept, reviewer: actor }: DecidedCase) => {
      const stored = await lockCorrection(tx, subjectId);
      if (stored?.state === 'open') await handleDecision(tx, stored, accept, { actor, lifetimes });
    },
  };
}

/**
 * If the account has another owner meanwhile, nothing is corrected, whatever the reviewer decided.
 */
async function handleDecision(
  tx: Tx,
  stored: StoredCorrection,
  accept: boolean,
  { actor, lifetimes }: EvidenceContext,
): Promise<void> {
  const { id, accountId, ownerId, field } = stored;
  await lockOwners(tx, [ownerId]);
  const mine = (await lockAccounts(tx, [accountId])).get(accountId)?.ownerId === ownerId;
  const state = accept && mine ? 'accepted' : 'rejected';
  if (state === 'accepted') {
    await upsertField(tx, ownerId, field, await getCorrectedField(tx, id));
    await appendAudit(tx, {
      action: 'owner.field_stored',
      subject: ownerId,
      actor,
      detail: { field, correction: id },
    });
  }
  await endCorrection(tx, id, state);
  await scheduleRemovalOfCorrection(tx, id, lifetimes.evidence.endedDocuments);
  await appendAudit(tx, {
    action: `correction.${state}`,
    subject: id,
    actor,
    detail: { field },
  });
  await tell(tx, [
    { accountId, what: `correction.${state}`, reason: field, evidenceId: null, bindingId: null },
  ]);
}

/** Withdraws a correction: its case is dropped and the new value is deleted. After its lock. */
export async function withdrawCorrection(
  tx: Tx,
  { id }: Pick<StoredCorrection, 'id'>,
  by: string,
): Promise<void> {
  await dropCase(tx, { kind: 'correction', id }, { by, because: 'withdrawn' });
  await endCorrection(tx, id, 'withdrawn');
  await scheduleRemovalOfCorrection(tx, id, 0);
  await appendAudit(tx, { action: 'correction.withdrawn', subject: id, actor: by });
}
