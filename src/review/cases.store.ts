import type { Kind } from '../accounts/account.ts';
import type { AccountId, CaseId, OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { CaseDecision, ReviewCase } from './case.ts';
import { type CaseRow, type StoredCase, toCase } from './case-row.ts';

export interface NewCase {
  readonly id: CaseId;
  readonly subject: ReviewCase['subject'];
  /** Whose account it is about, and of which kind; null: nobody's. */
  readonly applicant: AccountId | null;
  readonly kind: Kind | null;
  readonly fourEyes: boolean;
  readonly due: Date;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly excludedOwners: readonly OwnerId[];
  readonly excludedReviewers: readonly AccountId[];
  readonly appeal: StoredCase['appeal'];
}

export async function insertCase(tx: Tx, added: NewCase): Promise<void> {
  await tx.query(sql`
    insert into review_cases (id, subject_kind, subject_id, state, applicant, kind, four_eyes, evidence, excluded_owners,
                              excluded_reviewers, appeal_text, appeal_of, due_at)
    values (${added.id}, ${added.subject.kind}, ${added.subject.id}, 'open', ${added.applicant}, ${added.kind}, ${added.fourEyes},
            ${JSON.stringify(added.evidence)}, ${added.excludedOwners}, ${added.excludedReviewers},
            ${added.appeal?.sealed ?? null}, ${added.appeal?.of ?? null}, ${added.due})`);
}

export async function findCase(db: Db, id: string): Promise<StoredCase | undefined> {
  const [row] = await db.query<CaseRow>(sql`select * from review_cases where id = ${id}`);
  return row && toCase(row);
}

/** Locks a case: after its subject, before owners. */
export async function lockCase(tx: Tx, id: string): Promise<StoredCase | undefined> {
  const [row] = await tx.query<CaseRow>(
    sql`select * from review_cases where id = ${id} for update`,
  );
  return row && toCase(row);
}

/** Locks the open case of a subject; there is one at most. */
export async function lockOpenCaseOf(
  tx: Tx,
  { kind, id }: ReviewCase['subject'],
): Promise<StoredCase | undefined> {
  const [row] = await tx.query<CaseRow>(sql`
    select * from review_cases where subject_kind = ${kind} and subject_id = ${id} and state = 'open' for update`);
  return row && toCase(row);
}

export async function saveDecision(
  tx: Tx,
  id: CaseId,
  by: AccountId,
  decision: CaseDecision,
): Promise<void> {
  await tx.query(sql`
    update review_cases set state = 'decided', decided_by = ${by}, decision = ${decision}, decided_at = bindery_now() where id = ${id}`);
}

/** Locks the open cases about an account, in the order of their ids. */
export async function lockOpenCasesAbout(tx: Tx, applicant: AccountId): Promise<StoredCase[]> {
  const rows = await tx.query<CaseRow>(sql`
    select * from review_cases where applicant = ${applicant} and state = 'open' order by id for update`);
  return rows.map(toCase);
}

export async function saveChanged(tx: Tx, id: CaseId): Promise<void> {
  await tx.query(sql`update review_cases set changed_at = bindery_now() where id = ${id}`);
}

/** Erases the texts of applicants and reviewers in the cases about an account. */
export async function eraseWords(tx: Tx, applicant: AccountId): Promise<void> {
  await tx.query(sql`
    with erased as (
      update review_cases set reason = null, appeal_text = case when appeal_text is not null then ''::bytea end
       where applicant = ${applicant} returning id
    )
    update review_opinions set reason = null where case_id in (select id from erased)`);
}

export async function saveDropped(tx: Tx, id: CaseId): Promise<void> {
  await tx.query(sql`update review_cases set state = 'dropped' where id = ${id}`);
}
