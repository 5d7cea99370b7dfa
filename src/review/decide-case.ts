import { findAccount } from '../accounts/accounts.store.ts';
import { record } from '../journal/record.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Database, Tx } from '../store/database.ts';
import { isReviewer, mayReview, type ReviewCase, type Reviewer, type ReviewRefusal, type SubjectKind } from './case.ts';
import { findCase, findOpenCases, lockCase, saveDecision } from './cases.store.ts';

/** What a decision leads to, given by the room whose subject it is; runs in the decision's transaction. */
export type CaseOutcome = (
  tx: Tx,
  decided: { readonly subjectId: string; readonly accept: boolean; readonly reviewer: AccountId },
) => Promise<void>;

export interface ReviewDeps {
  readonly db: Database;
  readonly outcomes: Readonly<Record<SubjectKind, { lock(tx: Tx, subjectId: string): Promise<void>; settle: CaseOutcome }>>;
}

const SHORTEST_REASON = 4;
const LONGEST_REASON = 2000;

async function findReviewer(db: Database, id: AccountId): Promise<Reviewer | undefined> {
  const account = await findAccount(db, id);
  return account && isReviewer(account) && account.status === 'normal' ? account : undefined;
}

/** The queue, by deadline. */
export async function openCases(
  deps: ReviewDeps,
  { reviewer }: { readonly reviewer: AccountId },
): Promise<Result<readonly ReviewCase[], 'not_a_reviewer'>> {
  const who = await findReviewer(deps.db, reviewer);
  if (!who) return refuse('not_a_reviewer', 'REV-1Q0');
  return ok(await findOpenCases(deps.db, who.ownerId));
}

/** One case; every look is audited (R23). */
export async function viewCase(
  deps: ReviewDeps,
  { caseId, reviewer }: { readonly caseId: string; readonly reviewer: AccountId },
): Promise<Result<ReviewCase, ReviewRefusal>> {
  const who = await findReviewer(deps.db, reviewer);
  if (!who) return refuse('not_a_reviewer', 'REV-1V0');
  const found = await findCase(deps.db, caseId);
  if (!found) return refuse('unknown_case', 'REV-1V1');
  if (!mayReview(who, found)) return refuse('related_party', 'REV-1V2');
  await deps.db.transaction((tx) => record(tx, { action: 'case.viewed', subject: found.id, actor: who.id }));
  return ok(found);
}

/** Accepts or rejects, with a reason, once: of two reviewers deciding at the same moment the second is told it is done. */
export async function decideCase(
  deps: ReviewDeps,
  input: { readonly caseId: string; readonly reviewer: AccountId; readonly accept: boolean; readonly reason: string },
): Promise<Result<ReviewCase, ReviewRefusal>> {
  const reason = input.reason.trim().slice(0, LONGEST_REASON);
  if (reason.length < SHORTEST_REASON) return refuse('reason_missing', 'REV-1D0');
  const who = await findReviewer(deps.db, input.reviewer);
  if (!who) return refuse('not_a_reviewer', 'REV-1D1');
  const seen = await findCase(deps.db, input.caseId);
  if (!seen) return refuse('unknown_case', 'REV-1D2');
  if (!mayReview(who, seen)) return refuse('related_party', 'REV-1D3');
  const outcome = deps.outcomes[seen.subject.kind];
  return await deps.db.transaction(async (tx): Promise<Result<ReviewCase, ReviewRefusal>> => {
    await outcome.lock(tx, seen.subject.id); // the subject before the case: the order in which cases are opened
    const found = await lockCase(tx, seen.id);
    if (!found) return refuse('unknown_case', 'REV-1D4');
    if (found.state === 'decided') return refuse('already_decided', 'REV-1D5');
    const decision = input.accept ? 'accept' : 'reject';
    await saveDecision(tx, found.id, who.id, decision, reason);
    await outcome.settle(tx, { subjectId: found.subject.id, accept: input.accept, reviewer: who.id });
    await record(tx, { action: 'case.decided', subject: found.id, actor: who.id, detail: { decision } }, [
      { type: 'urn:bindery:event:review-decided', stream: found.subject.id, data: { case: found.id, decision } },
    ]);
    return ok({ ...found, state: 'decided', decidedBy: who.id, decision, reason });
  });
}
