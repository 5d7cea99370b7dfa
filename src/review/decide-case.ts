import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { lockOwners } from '../owners/owners.store.ts';
import type { Tx } from '../store/database.ts';
import { objectionTo, type Reviewer, type ReviewRefusal } from './case.ts';
import type { StoredCase } from './case-row.ts';
import { findCase, lockCase, saveDecision } from './cases.store.ts';
import { type Deliberation, decide, evolve } from './deliberation.ts';
import type { ReviewDeps } from './deps.ts';
import { findDeliberation } from './find-deliberation.ts';
import { findReviewer } from './find-reviewer.ts';
import { hasLooked, saveOpinion } from './opinions.store.ts';
import { reasonPlace, sealText } from './sealed-text.ts';

/** One reviewer's decision of one case that they inspected. No call decides many (R23). */
export interface Verdict {
  readonly caseId: string;
  readonly reviewer: AccountId;
  readonly accept: boolean;
  readonly reason: string;
}

const SHORTEST_REASON = 4;
const LONGEST_REASON = 2000;

/**
 * Accepts or rejects, with a reason. Of two reviewers at once, one decides. Where four eyes are
 * required, the first acceptance leaves the case open for another reviewer (`half`).
 */
export async function decideCase(
  deps: ReviewDeps,
  verdict: Verdict,
): Promise<Result<Deliberation, ReviewRefusal>> {
  const reason = verdict.reason.trim().slice(0, LONGEST_REASON);
  if (reason.length < SHORTEST_REASON) return refuse('reason_missing', 'REV-1D0');
  const seen = await findCase(deps.db, verdict.caseId);
  return await deps.db.transaction(async (tx): Promise<Result<Deliberation, ReviewRefusal>> => {
    const who = await findReviewer(tx, verdict.reviewer);
    if (!who) return refuse('not_a_reviewer', 'REV-1D1');
    if (!seen) return refuse('unknown_case', 'REV-1D2');
    // The subject is locked before the case, as when cases are opened.
    await deps.outcomes[seen.subject.kind].lock(tx, seen.subject.id);
    const found = await lockCase(tx, seen.id);
    if (!found) return refuse('unknown_case', 'REV-1D3');
    const objection = await findObjection(tx, who, found);
    if (objection) return refuse(objection, 'REV-1D4', { case: found.id });
    return await handleDecision(tx, deps, found, { ...verdict, reason });
  });
}

/** Checked again under the locks of all owners concerned; recording a relation takes them too. */
async function findObjection(
  tx: Tx,
  { id, ownerId }: Reviewer,
  found: StoredCase,
): Promise<'not_a_reviewer' | 'related_party' | 'own_decision' | 'not_looked_at' | undefined> {
  await lockOwners(
    tx,
    ownerId === null ? found.excludedOwners : [ownerId, ...found.excludedOwners],
  );
  const who = await findReviewer(tx, id);
  if (!who) return 'not_a_reviewer';
  const objection = objectionTo(who, found);
  if (objection || found.state !== 'open') return objection;
  return (await hasLooked(tx, found.id, who.id)) ? undefined : 'not_looked_at';
}

async function handleDecision(
  tx: Tx,
  { outcomes, secrets }: ReviewDeps,
  found: StoredCase,
  { reviewer: by, accept, reason }: Verdict,
): Promise<Result<Deliberation, ReviewRefusal>> {
  const before = await findDeliberation(tx, found);
  const decided = decide({ type: accept ? 'accept' : 'reject', by }, before);
  if (!decided.ok) return decided;
  const after = decided.value.reduce(evolve, before);
  const { id, subject, appeal } = found;
  const decision = accept ? 'accept' : 'reject';
  if (after.state === 'decided') {
    // Before the rows of the case: those refer to accounts, and this locks owners and accounts.
    await outcomes[subject.kind].handleDecision(tx, {
      caseId: id,
      subjectId: subject.id,
      accept,
      reviewer: by,
      appeal: appeal !== null,
    });
    await saveDecision(tx, id, by, decision);
  }
  await saveOpinion(tx, id, {
    by,
    decision,
    reason: sealText(secrets, reasonPlace(id, by), reason),
  });
  if (after.state !== 'decided')
    await appendAudit(tx, { action: 'case.half_accepted', subject: id, actor: by });
  else
    await appendAudit(
      tx,
      { action: 'case.decided', subject: id, actor: by, detail: { decision } },
      [
        {
          type: 'urn:bindery:event:review-decided',
          stream: subject.id,
          data: { case: id, decision },
        },
      ],
    );
  return ok(after);
}
