import { appendAudit } from '../audit/audit-log.store.ts';
import { type AccountId, type CaseId, newId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Tx } from '../store/database.ts';
import { type AppealRefusal, mayAppeal } from './appeal.ts';
import { findAppealed, findAppeals } from './appeals.store.ts';
import { insertCase } from './cases.store.ts';
import type { Opening } from './open-case.ts';
import { appealPlace, sealText } from './sealed-text.ts';

const SHORTEST_TEXT = 4;
const LONGEST_TEXT = 2000;

export interface AppealOpening extends Opening {
  /** Who appeals. */
  readonly by: AccountId;
  /** The text that they wrote. */
  readonly text: string;
  /** Null: there is no refusal to appeal against. */
  readonly refusedAt: Date | null;
  /** For how many days a refusal can be appealed against, as the pack says. */
  readonly appealDays: number;
  readonly now: Date;
  /** Who refused it without a case, if anybody. */
  readonly refusedBy?: readonly AccountId[];
}

/**
 * Opens an appeal case against a refusal by the policy or a reviewer (R23). The caller has locked
 * the subject, so that of two appeals at once one is opened. Who had a say in the refusal neither
 * sees nor decides the appeal. Where a person refused, one other reviewer decides: theirs was the
 * first pair of eyes, and an installation with two reviewers must be able to uphold an appeal.
 */
export async function openAppeal(
  tx: Tx,
  { secrets }: { readonly secrets: InstallationSecret },
  { by, text, refusedAt, appealDays, now, refusedBy = [], ...opening }: AppealOpening,
): Promise<Result<CaseId, AppealRefusal>> {
  const { subject } = opening;
  const appeal = (await findAppeals(tx, { kind: subject.kind, ids: [subject.id] })).get(subject.id);
  const objection = mayAppeal({ refusedAt, appeal, appealDays, now });
  if (objection) return refuse(objection, 'REV-2A0', { ...subject });
  const words = text.trim().slice(0, LONGEST_TEXT);
  if (words.length < SHORTEST_TEXT) return refuse('text_missing', 'REV-2A1');
  const { of, deciders } = await findAppealed(tx, subject);
  const id = newId('cas');
  const sealed = sealText(secrets, appealPlace(id), words);
  const excludedReviewers = [...new Set([...deciders, ...refusedBy])];
  const fourEyes = opening.fourEyes && excludedReviewers.length === 0;
  await insertCase(tx, { ...opening, id, fourEyes, appeal: { of, sealed }, excludedReviewers });
  await appendAudit(tx, {
    action: 'case.appealed',
    subject: id,
    actor: by,
    detail: { ...subject, of, due: opening.due },
  });
  return ok(id);
}
