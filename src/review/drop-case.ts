import { record } from '../journal/record.store.ts';
import type { Tx } from '../store/database.ts';
import type { ReviewCase } from './case.ts';
import { lockOpenCaseOf, saveDropped } from './cases.store.ts';
import { findJudgement } from './find-judgement.ts';
import { decide } from './judgement.ts';

/** What a case was about is over: nobody need decide it. The caller has locked the subject, and no owner yet. */
export async function dropCase(
  tx: Tx,
  subject: ReviewCase['subject'],
  { by, because }: { readonly by: string; readonly because: string },
): Promise<void> {
  const found = await lockOpenCaseOf(tx, subject);
  if (!found || !decide({ type: 'drop' }, await findJudgement(tx, found)).ok) return;
  await saveDropped(tx, found.id);
  await record(tx, { action: 'case.dropped', subject: found.id, actor: by, detail: { because } });
}
