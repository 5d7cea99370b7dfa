import { record } from '../journal/record.store.ts';
import { type CaseId, newId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { insertCase, type NewCase } from './cases.store.ts';

/** Puts something before a person, in the transaction that found it needs one. */
export async function openCase(tx: Tx, added: Omit<NewCase, 'id'>): Promise<CaseId> {
  const id = newId('cas');
  await insertCase(tx, { ...added, id });
  await record(tx, { action: 'case.opened', subject: id, actor: null, detail: { ...added.subject, due: added.due } });
  return id;
}
