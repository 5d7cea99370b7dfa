import type { AccountId, CaseId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { ReviewCase, SubjectKind } from './case.ts';

interface CaseRow {
  readonly id: CaseId;
  readonly subject_kind: SubjectKind;
  readonly subject_id: string;
  readonly state: ReviewCase['state'];
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly excluded_owners: string[];
  readonly due_at: Date;
  readonly opened_at: Date;
  readonly decided_by: AccountId | null;
  readonly decision: ReviewCase['decision'];
  readonly reason: string | null;
}

function toCase(row: CaseRow): ReviewCase {
  return {
    id: row.id,
    subject: { kind: row.subject_kind, id: row.subject_id },
    state: row.state,
    evidence: row.evidence,
    excludedOwners: row.excluded_owners,
    dueAt: row.due_at,
    openedAt: row.opened_at,
    decidedBy: row.decided_by,
    decision: row.decision,
    reason: row.reason,
  };
}

export interface NewCase {
  readonly id: CaseId;
  readonly subject: ReviewCase['subject'];
  readonly due: Date;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly excludedOwners: readonly string[];
}

export async function insertCase(tx: Tx, added: NewCase): Promise<void> {
  await tx.query(sql`
    insert into review_cases (id, subject_kind, subject_id, state, evidence, excluded_owners, due_at)
    values (${added.id}, ${added.subject.kind}, ${added.subject.id}, 'open', ${JSON.stringify(added.evidence)},
            ${added.excludedOwners}, ${added.due})`);
}

const PAGE = 100;

/** Open cases by deadline, without those that concern the reviewer's own owner. */
export async function findOpenCases(db: Db, reviewerOwner: string | null): Promise<ReviewCase[]> {
  const rows = await db.query<CaseRow>(sql`
    select * from review_cases
     where state = 'open' and not (coalesce(${reviewerOwner}::text, '') = any(excluded_owners))
     order by due_at, id limit ${PAGE}`);
  return rows.map(toCase);
}

export async function findCase(db: Db, id: string): Promise<ReviewCase | undefined> {
  const [row] = await db.query<CaseRow>(sql`select * from review_cases where id = ${id}`);
  return row && toCase(row);
}

export async function lockCase(tx: Tx, id: string): Promise<ReviewCase | undefined> {
  const [row] = await tx.query<CaseRow>(sql`select * from review_cases where id = ${id} for update`);
  return row && toCase(row);
}

export async function saveDecision(tx: Tx, id: CaseId, by: AccountId, decision: 'accept' | 'reject', reason: string): Promise<void> {
  await tx.query(sql`
    update review_cases set state = 'decided', decided_by = ${by}, decision = ${decision}, reason = ${reason}, decided_at = bindery_now()
     where id = ${id}`);
}
