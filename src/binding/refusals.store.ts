import type { AccountId, BindingRequestId, CaseId, DecisionId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import type { Doubt } from '../policy/clearance.ts';
import type { HookRecord } from '../policy/evaluate.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';
import type { Role } from './binding-request.ts';

/** A refused request as it is stored. */
export interface StoredRefusal {
  readonly id: BindingRequestId;
  readonly client_id: string;
  readonly pack: string;
  readonly pack_version: number;
  readonly role: Role;
  readonly initiator_id: AccountId | null;
  /** Both null where it was refused before anybody answered. */
  readonly primary_id: AccountId | null;
  readonly sub_id: AccountId | null;
  readonly refusal: RefusalCode;
  readonly refused_at: Date;
  /** The policy decision behind it. Null where an owner refused. */
  readonly decision_id: DecisionId | null;
  readonly verdict: Verdict | null;
  readonly hooks: readonly HookRecord[] | null;
  /** Until when the clearance of an appeal is valid. */
  readonly cleared_until: Date | null;
  /** The id of the hook that refused, or `step-up`. */
  readonly refused_by_hook: string | null;
  readonly now: Date;
}

const MOST = 50;

/** The refusals in which the account was a side, newest first. */
export async function findRefusalsOf(db: Db, account: AccountId): Promise<StoredRefusal[]> {
  return await db.query<StoredRefusal>(sql`
    select * from refusals where initiator_id = ${account} or primary_id = ${account} or sub_id = ${account}
     order by refused_at desc, id limit ${MOST}`);
}

/** One refusal. Another account's is not found. */
export async function findRefusalOf(
  db: Db,
  id: string,
  account: AccountId,
): Promise<StoredRefusal | undefined> {
  const [row] = await db.query<StoredRefusal>(sql`
    select * from refusals where id = ${id} and (initiator_id = ${account} or primary_id = ${account} or sub_id = ${account})`);
  return row;
}

/** Without a check of who asks: the caller handles a reviewer's decision. */
export async function getRefusal(tx: Tx, id: string): Promise<StoredRefusal> {
  const [row] = await tx.query<StoredRefusal>(sql`select * from refusals where id = ${id}`);
  if (!row) throw new Error(`binding request ${id} is not refused`);
  return row;
}

/** The refused requests between the same two accounts, under the same pack. */
export async function findRefusalsBetween(
  tx: Tx,
  { primary_id, sub_id, pack }: StoredRefusal,
): Promise<BindingRequestId[]> {
  const rows = await tx.query<{ id: BindingRequestId }>(sql`
    select id from refusals where primary_id = ${primary_id} and sub_id = ${sub_id} and pack = ${pack}`);
  return rows.map(({ id }) => id);
}

/** A clearance is for one pair of accounts under one pack. */
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

/** A binding used the clearance: it is not valid for another. */
export async function useClearance(
  tx: Tx,
  caseId: CaseId,
  request: BindingRequestId,
): Promise<void> {
  await tx.query(
    sql`update clearances set used_at = bindery_now(), used_by = ${request} where case_id = ${caseId}`,
  );
}
