import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import type { ReviewCase } from './case.ts';
import type { StoredCase } from './case-row.ts';
import { lockOpenCaseOf, lockOpenCasesAbout, saveDropped } from './cases.store.ts';
import { decide } from './deliberation.ts';
import { findDeliberation } from './find-deliberation.ts';

interface Dropping {
  /** Account id, or 'system'. */
  readonly by: string;
  readonly because: string;
}

/** What a case was about is over: nobody need decide it. The caller has locked the subject, and no owner yet. */
export async function dropCase(
  tx: Tx,
  subject: ReviewCase['subject'],
  dropping: Dropping,
): Promise<void> {
  const found = await lockOpenCaseOf(tx, subject);
  if (found) await drop(tx, found, dropping);
}

/** Of all that waits for people about an account, what `concerns` picks: appeals, too. Before owners and accounts are locked. */
export async function dropCasesAbout(
  tx: Tx,
  applicant: AccountId,
  dropping: Dropping,
  concerns: (found: StoredCase) => boolean = () => true,
): Promise<void> {
  for (const found of await lockOpenCasesAbout(tx, applicant))
    if (concerns(found)) await drop(tx, found, dropping);
}

async function drop(tx: Tx, found: StoredCase, { by, because }: Dropping): Promise<void> {
  if (!decide({ type: 'drop' }, await findDeliberation(tx, found)).ok) return;
  await saveDropped(tx, found.id);
  await appendAudit(tx, {
    action: 'case.dropped',
    subject: found.id,
    actor: by,
    detail: { because },
  });
}
