import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import type { Tx } from '../store/database.ts';
import type { ReviewCase } from './case.ts';
import type { StoredCase } from './case-row.ts';
import { eraseWords, lockOpenCaseOf, lockOpenCasesAbout, saveDropped } from './cases.store.ts';
import { decide } from './deliberation.ts';
import { findDeliberation } from './find-deliberation.ts';

interface Dropping {
  /** Account id, or 'system'. */
  readonly by: string;
  readonly because: string;
}

/**
 * Drops the open case of a subject that is over. The caller has locked the subject, and no owner
 * yet.
 */
export async function dropCase(
  tx: Tx,
  subject: ReviewCase['subject'],
  dropping: Dropping,
): Promise<void> {
  const found = await lockOpenCaseOf(tx, subject);
  if (found) await drop(tx, found, dropping);
}

/**
 * Drops the open cases about an account that `concerns` picks, appeals included. Called before
 * owners and accounts are locked.
 */
export async function dropCasesAbout(
  tx: Tx,
  applicant: AccountId,
  dropping: Dropping,
  concerns: (found: StoredCase) => boolean = () => true,
): Promise<void> {
  for (const found of await lockOpenCasesAbout(tx, applicant))
    if (concerns(found)) await drop(tx, found, dropping);
}

/**
 * An account's owner is forgotten: open cases about it are dropped, and the texts in all of them
 * are erased. That there was a case, how it ended and who decided it, stays. The case of a binding
 * request stays open, because an app waits for the answer; nobody is verified any more, so it is
 * refused. Called before owners and accounts are locked. /
 */
export async function forgetCases(
  tx: Tx,
  applicant: AccountId,
  { by }: { readonly by: string },
): Promise<void> {
  await dropCasesAbout(
    tx,
    applicant,
    { by, because: 'forgotten' },
    ({ subject, appeal }) => subject.kind !== 'binding_request' || appeal !== null,
  );
  await eraseWords(tx, applicant);
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
