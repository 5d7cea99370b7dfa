import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Db, Tx } from '../store/database.ts';
import {
  type Opinion,
  objectionTo,
  type ReviewCase,
  type Reviewer,
  type ReviewRefusal,
} from './case.ts';
import type { StoredCase } from './case-row.ts';
import { findCase } from './cases.store.ts';
import type { ReviewDeps } from './deps.ts';
import { findReviewer } from './find-reviewer.ts';
import { findOpinions, saveLook } from './opinions.store.ts';
import { appealPlace, openText, reasonPlace } from './sealed-text.ts';

type ViewRefusal = Extract<
  ReviewRefusal,
  'not_a_reviewer' | 'unknown_case' | 'related_party' | 'own_decision'
>;

interface DocumentInspection {
  readonly caseId: string;
  readonly reviewer: AccountId;
}

/** Whether the reviewer may see the case and its documents. This is no inspection itself. */
export async function checkLook(
  db: Db,
  { caseId, reviewer }: DocumentInspection,
): Promise<Result<{ readonly found: StoredCase; readonly who: Reviewer }, ViewRefusal>> {
  const who = await findReviewer(db, reviewer);
  if (!who) return refuse('not_a_reviewer', 'REV-1V0');
  const found = await findCase(db, caseId);
  if (!found) return refuse('unknown_case', 'REV-1V1');
  const objection = objectionTo(who, found);
  if (objection) return refuse(objection, 'REV-1V2', { case: found.id });
  return ok({ found, who });
}

/**
 * Shows one case, and audits the inspection in the same transaction. Until the case is decided,
 * reviewers see no opinion but their own, so that the second one decides alone (R23).
 */
export async function viewCase(
  { db, secrets }: Pick<ReviewDeps, 'db' | 'secrets'>,
  look: DocumentInspection,
): Promise<Result<ReviewCase, ViewRefusal>> {
  return await db.transaction(async (tx): Promise<Result<ReviewCase, ViewRefusal>> => {
    const checked = await checkLook(tx, look);
    if (!checked.ok) return checked;
    const { found, who } = checked.value;
    await saveLook(tx, found.id, who.id);
    await appendAudit(tx, { action: 'case.viewed', subject: found.id, actor: who.id });
    return ok(await describeCase(tx, secrets, found, who));
  });
}

async function describeCase(
  tx: Tx,
  secrets: InstallationSecret,
  stored: StoredCase,
  who: Reviewer,
): Promise<ReviewCase> {
  const { appeal, plainReason, ...found } = stored;
  const opinions = await readOpinions(tx, secrets, stored);
  return {
    ...found,
    appeal: appeal && {
      of: appeal.of,
      reason: appeal.of && (await readReason(tx, secrets, appeal.of)),
      text: openText(secrets, appealPlace(found.id), appeal.sealed),
    },
    reason: reasonOf(stored, opinions),
    opinions: found.state === 'decided' ? opinions : opinions.filter(({ by }) => by === who.id),
  };
}

async function readReason(tx: Tx, secrets: InstallationSecret, id: string): Promise<string | null> {
  const found = await findCase(tx, id);
  return found ? reasonOf(found, await readOpinions(tx, secrets, found)) : null;
}

function reasonOf(
  { decidedBy, plainReason }: StoredCase,
  opinions: readonly Opinion[],
): string | null {
  return opinions.find(({ by }) => by === decidedBy)?.reason ?? plainReason;
}

async function readOpinions(
  tx: Tx,
  secrets: InstallationSecret,
  { id }: StoredCase,
): Promise<readonly Opinion[]> {
  const stored = await findOpinions(tx, id);
  return stored.map(({ by, decision, reason, at }) => ({
    by,
    decision,
    at,
    reason: openText(secrets, reasonPlace(id, by), reason),
  }));
}
