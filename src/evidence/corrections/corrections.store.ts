import type { AccountId, CorrectionId, OwnerId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { CorrectableField, CorrectionState } from './correction.ts';

export interface StoredCorrection {
  readonly id: CorrectionId;
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
  readonly field: CorrectableField;
  readonly state: CorrectionState;
  /** The new value, sealed; null once it is decided. */
  readonly value: Buffer | null;
  readonly dueAt: Date;
  readonly requestedAt: Date;
}

interface NewCorrection
  extends Pick<StoredCorrection, 'id' | 'accountId' | 'ownerId' | 'field' | 'dueAt'> {
  readonly value: Buffer;
  readonly forOwner: Buffer;
}

/** False if a correction of this field is open already. */
export async function insertCorrection(tx: Tx, added: NewCorrection): Promise<boolean> {
  const rows = await tx.query(sql`
    insert into corrections (id, account_id, owner_id, field, state, value, for_owner, due_at)
    values (${added.id}, ${added.accountId}, ${added.ownerId}, ${added.field}, 'open', ${added.value}, ${added.forOwner}, ${added.dueAt})
    on conflict (owner_id, field) where state = 'open' do nothing returning 1`);
  return rows.length === 1;
}

/** Locks a correction, in the same order as evidence: before its case, owners and accounts. */
export async function lockCorrection(tx: Tx, id: string): Promise<StoredCorrection | undefined> {
  const [row] = await tx.query<StoredCorrection>(sql`
    select id, account_id as "accountId", owner_id as "ownerId", field, state, value, due_at as "dueAt", requested_at as "requestedAt"
      from corrections where id = ${id} for update`);
  return row;
}

export async function findCorrection(db: Db, id: string): Promise<StoredCorrection | undefined> {
  const [row] = await db.query<StoredCorrection>(sql`
    select id, account_id as "accountId", owner_id as "ownerId", field, state, value, due_at as "dueAt", requested_at as "requestedAt"
      from corrections where id = ${id}`);
  return row;
}

/** The newest first. */
export async function findCorrectionsOf(db: Db, account: AccountId): Promise<StoredCorrection[]> {
  return await db.query<StoredCorrection>(sql`
    select id, account_id as "accountId", owner_id as "ownerId", field, state, value, due_at as "dueAt", requested_at as "requestedAt"
      from corrections where account_id = ${account} order by requested_at desc, id`);
}

export async function lockOpenCorrections(
  tx: Tx,
  accounts: readonly AccountId[],
): Promise<CorrectionId[]> {
  const rows = await tx.query<{ id: CorrectionId }>(sql`
    select id from corrections where account_id = any(${accounts}::text[]) and state = 'open' order by id for update`);
  return rows.map(({ id }) => id);
}

/** The new value, sealed for the owner whose field it becomes. */
export async function getCorrectedField(tx: Tx, id: CorrectionId): Promise<Buffer> {
  const [row] = await tx.query<{ for_owner: Buffer | null }>(
    sql`select for_owner from corrections where id = ${id}`,
  );
  if (!row?.for_owner) throw new Error(`correction ${id} has no value`);
  return row.for_owner;
}

/** The new value is deleted with the decision. */
export async function endCorrection(
  tx: Tx,
  id: CorrectionId,
  state: Exclude<CorrectionState, 'open'>,
): Promise<void> {
  await tx.query(sql`
    update corrections set state = ${state}, value = null, for_owner = null, changed_at = bindery_now() where id = ${id}`);
}
