import type { AccountId, BindingRequestId, CaseId } from '../kernel/ids.ts';
import type { Doubt } from '../policy/clearance.ts';
import type { Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

/** Between whom, and under which pack: a word on one pair says nothing of another. */
export interface NewClearance {
  readonly caseId: CaseId;
  readonly request: BindingRequestId;
  readonly primary: AccountId;
  readonly sub: AccountId;
  readonly pack: string;
  readonly doubts: readonly Doubt[];
  readonly days: number;
}

export async function insertClearance(
  tx: Tx,
  { caseId, request, primary, sub, pack, doubts, days }: NewClearance,
): Promise<void> {
  await tx.query(sql`
    insert into clearances (case_id, request_id, primary_id, sub_id, pack, doubts, valid_until)
    values (${caseId}, ${request}, ${primary}, ${sub}, ${pack}, ${JSON.stringify(doubts)}, bindery_now() + make_interval(days => ${days}))`);
}

/** A binding was made on it: it is not good for a second. */
export async function useClearance(
  tx: Tx,
  caseId: CaseId,
  request: BindingRequestId,
): Promise<void> {
  await tx.query(
    sql`update clearances set used_at = bindery_now(), used_by = ${request} where case_id = ${caseId}`,
  );
}
