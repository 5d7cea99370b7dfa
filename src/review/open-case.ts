import { appendAudit } from '../audit/audit-log.store.ts';
import { type CaseId, newId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { insertCase, type NewCase } from './cases.store.ts';

/** What a room gives to open a case. */
export type Opening = Omit<NewCase, 'id' | 'appeal' | 'excludedReviewers'>;

/**
 * Opens a case, in the transaction that found that people have to decide. Called after owners and
 * account are locked, because the case refers to the account.
 */
export async function openCase(tx: Tx, opening: Opening): Promise<CaseId> {
  const id = newId('cas');
  await insertCase(tx, { ...opening, id, appeal: null, excludedReviewers: [] });
  await appendAudit(tx, {
    action: 'case.opened',
    subject: id,
    actor: null,
    detail: { ...opening.subject, due: opening.due },
  });
  return id;
}
