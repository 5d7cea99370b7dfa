import { record } from '../journal/record.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { lockOpenCasesAbout, saveChanged } from './cases.store.ts';
import { findJudgement } from './find-judgement.ts';
import { decide } from './judgement.ts';

/**
 * What an account says of itself is no longer what its reviewers saw: they have to look again, and opinions given so far
 * count no more. Before owners and accounts are locked.
 */
export async function changeCases(tx: Tx, applicant: AccountId, { because }: { readonly because: string }): Promise<void> {
  for (const found of await lockOpenCasesAbout(tx, applicant)) {
    if (!decide({ type: 'change' }, await findJudgement(tx, found)).ok) continue;
    await saveChanged(tx, found.id);
    await record(tx, { action: 'case.changed', subject: found.id, actor: applicant, detail: { because } });
  }
}
