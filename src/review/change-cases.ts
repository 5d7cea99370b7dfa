import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import { lockOpenCasesAbout, saveChanged } from './cases.store.ts';
import { decide } from './deliberation.ts';
import { findDeliberation } from './find-deliberation.ts';

/**
 * An account changed its claim, so its reviewers have to inspect the case again, and earlier
 * opinions do not count. Called before owners and accounts are locked.
 */
export async function changeCases(
  tx: Tx,
  applicant: AccountId,
  { because }: { readonly because: string },
): Promise<void> {
  for (const found of await lockOpenCasesAbout(tx, applicant)) {
    if (!decide({ type: 'change' }, await findDeliberation(tx, found)).ok) continue;
    await saveChanged(tx, found.id);
    await appendAudit(tx, {
      action: 'case.changed',
      subject: found.id,
      actor: applicant,
      detail: { because },
    });
  }
}
