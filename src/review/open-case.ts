import { appendAudit } from '../audit/audit-log.store.ts';
import { type CaseId, newId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { insertCase, type NewCase } from './cases.store.ts';

/** What a room puts before people. */
export type Opening = Omit<NewCase, 'id' | 'appeal' | 'excludedReviewers'>;

/**
 * Puts something before people, in the transaction that found it needs them. After the owners and the account are locked,
 * if they are: the case refers to the account.
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
