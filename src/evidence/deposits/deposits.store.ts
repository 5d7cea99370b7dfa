import type { AccountId, EvidenceId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { DepositFailure, MicroDeposit } from './micro-deposit.ts';

interface DepositRow {
  readonly state: MicroDeposit['state'];
  readonly wrong: number;
  readonly until: Date | null;
  readonly because: DepositFailure | null;
  readonly changed_at: Date;
}

export async function insertDeposit(tx: Tx, id: EvidenceId): Promise<void> {
  await tx.query(sql`insert into micro_deposits (evidence_id, state) values (${id}, 'ordered')`);
}

/** Locked after its piece of evidence. */
export async function lockDeposit(tx: Tx, id: EvidenceId): Promise<MicroDeposit | undefined> {
  const [row] = await tx.query<DepositRow>(
    sql`select * from micro_deposits where evidence_id = ${id} for update`,
  );
  return row && toDeposit(row, id);
}

/** A deposit as its owner sees it. */
export interface ShownDeposit {
  readonly state: MicroDeposit['state'];
  readonly wrong: number;
  readonly until: Date | null;
}

export async function findDeposits(
  db: Db,
  account: AccountId,
): Promise<ReadonlyMap<EvidenceId, ShownDeposit>> {
  const rows = await db.query<ShownDeposit & { readonly id: EvidenceId }>(sql`
    select d.evidence_id as id, d.state, d.wrong, d.until from micro_deposits d join evidence e on e.id = d.evidence_id
     where e.account_id = ${account}`);
  return new Map(rows.map(({ id, ...deposit }) => [id, deposit]));
}

export async function saveDeposit(tx: Tx, id: EvidenceId, next: MicroDeposit): Promise<void> {
  const wrong = next.state === 'sent' ? next.wrong : null;
  const until = next.state === 'sent' ? next.until : null;
  const because = next.state === 'failed' ? next.because : null;
  const at = next.state === 'confirmed' ? next.confirmedAt : null;
  await tx.query(sql`
    update micro_deposits set state = ${next.state}, wrong = coalesce(${wrong}, wrong), until = coalesce(${until}, until),
                              because = ${because}, changed_at = coalesce(${at}, bindery_now())
     where evidence_id = ${id}`);
}

/** Deposits that nobody confirmed in time. */
export async function findLapsed(db: Db, batch: number): Promise<EvidenceId[]> {
  const rows = await db.query<{ evidence_id: EvidenceId }>(sql`
    select d.evidence_id from micro_deposits d join evidence e on e.id = d.evidence_id and e.state = 'checking'
     where d.state = 'sent' and d.until <= bindery_now() order by d.until limit ${batch}`);
  return rows.map(({ evidence_id }) => evidence_id);
}

/** Seconds until the next deposit lapses; those that did already do not count. */
export async function secondsToNextLapse(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select extract(epoch from until - bindery_now())::float8 as seconds
      from micro_deposits where state = 'sent' and until > bindery_now() order by until limit 1`);
  return row?.seconds;
}

function toDeposit(
  { state, wrong, until, because, changed_at: at }: DepositRow,
  id: EvidenceId,
): MicroDeposit {
  switch (state) {
    case 'ordered':
      return { state };
    case 'sent':
      if (until === null) throw new Error(`the deposit of ${id} was sent without a due date`);
      return { state, wrong, until };
    case 'confirmed':
      return { state, confirmedAt: at };
    case 'failed':
      if (because === null) throw new Error(`the deposit of ${id} failed without a reason`);
      return { state, because };
  }
}
