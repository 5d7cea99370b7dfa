import type { AccountId, EvidenceId, OwnerId } from '../../kernel/ids.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { Evidence } from './evidence.ts';
import { columnsOf, type EvidenceRow, type StoredEvidence, toStored } from './evidence-row.ts';
import type { EvidenceType } from './evidence-type.ts';

export interface NewEvidence {
  readonly id: EvidenceId;
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
  readonly type: EvidenceType;
  readonly validUntil: Date | null;
}

/** False if a piece of this type is open already. */
export async function insertEvidence(tx: Tx, added: NewEvidence): Promise<boolean> {
  const rows = await tx.query(sql`
    insert into evidence (id, account_id, owner_id, type, state, valid_until)
    values (${added.id}, ${added.accountId}, ${added.ownerId}, ${added.type}, 'uploaded', ${added.validUntil})
    on conflict (account_id, type) where state in ('uploaded', 'checking') do nothing
    returning 1`);
  return rows.length === 1;
}

/** A piece that people accepted elsewhere, or the word of a proven account (R44). */
export async function insertAcceptedEvidence(
  tx: Tx,
  added: Omit<NewEvidence, 'validUntil'> & { readonly confirmedBy?: AccountId },
): Promise<void> {
  await tx.query(sql`
    insert into evidence (id, account_id, owner_id, type, state, examiner, accepted_at, confirmed_by)
    values (${added.id}, ${added.accountId}, ${added.ownerId}, ${added.type}, 'accepted', 'person', bindery_now(), ${added.confirmedBy ?? null})`);
}

/** The first of all locks, like a request: then owners, accounts, bindings. */
export async function lockEvidence(tx: Tx, id: string): Promise<StoredEvidence | undefined> {
  const [row] = await tx.query<EvidenceRow>(
    sql`select *, bindery_clock() as now from evidence where id = ${id} for update`,
  );
  return row && toStored(row);
}

export async function findEvidence(db: Db, id: string): Promise<StoredEvidence | undefined> {
  const [row] = await db.query<EvidenceRow>(
    sql`select *, bindery_now() as now from evidence where id = ${id}`,
  );
  return row && toStored(row);
}

export async function findEvidenceOf(db: Db, account: AccountId): Promise<StoredEvidence[]> {
  const rows = await db.query<EvidenceRow>(sql`
    select *, bindery_now() as now from evidence where account_id = ${account} order by submitted_at, id`);
  return rows.map(toStored);
}

/** Saves the state. Only while a provider checks may it have to be asked again. */
export async function saveEvidence(tx: Tx, id: EvidenceId, next: Evidence): Promise<void> {
  const { state, examiner, reason, validUntil, changedAt } = columnsOf(next);
  await tx.query(sql`
    update evidence set state = ${state}, examiner = coalesce(${examiner}, examiner), reason = ${reason}, changed_at = ${changedAt},
                        accepted_at = case when ${state} = 'accepted' then coalesce(accepted_at, ${changedAt}) else accepted_at end,
                        valid_until = case when ${state} = 'accepted' then ${validUntil}::timestamptz else valid_until end,
                        next_try_at = case when ${state} = 'checking' and ${examiner} = 'provider' then next_try_at end
     where id = ${id}`);
}

export async function saveDue(tx: Tx, id: EvidenceId, due: Date): Promise<void> {
  await tx.query(sql`update evidence set due_at = ${due} where id = ${id}`);
}

/**
 * The open and accepted pieces that these accounts brought for an owner. Exact only under the locks
 * of all of them.
 */
export async function findPiecesFor(
  db: Db,
  owner: OwnerId,
  accounts: readonly AccountId[],
): Promise<StoredEvidence[]> {
  const rows = await db.query<EvidenceRow>(sql`
    select *, bindery_now() as now from evidence
     where owner_id = ${owner} and account_id = any(${accounts}::text[]) and state in ('uploaded', 'checking', 'accepted')`);
  return rows.map(toStored);
}

/** Accepted pieces that ran out, the oldest first. */
export async function findRunOut(db: Db, batch: number): Promise<EvidenceId[]> {
  const rows = await db.query<{ id: EvidenceId }>(sql`
    select id from evidence where state = 'accepted' and valid_until <= bindery_now() order by valid_until limit ${batch}`);
  return rows.map(({ id }) => id);
}

/** Seconds until the next accepted piece runs out; those that did already do not count. */
export async function secondsToNextRunOut(db: Db): Promise<number | undefined> {
  const [row] = await db.query<{ seconds: number }>(sql`
    select extract(epoch from valid_until - bindery_now())::float8 as seconds
      from evidence where state = 'accepted' and valid_until > bindery_now() order by valid_until limit 1`);
  return row?.seconds;
}

/** Counts pieces of a type from the last `seconds` that were never accepted, in any state. */
export async function countUnproven(
  db: Db,
  account: AccountId,
  type: EvidenceType,
  seconds: number,
): Promise<number> {
  const [row] = await db.query<{ count: number }>(sql`
    select count(*)::int as count from evidence
     where account_id = ${account} and type = ${type} and accepted_at is null
       and submitted_at > bindery_now() - make_interval(secs => ${seconds})`);
  return row?.count ?? 0;
}

/**
 * Locks the open and the accepted pieces of these accounts and of this owner, by id. The first of
 * all locks.
 */
export async function lockLive(
  tx: Tx,
  accounts: readonly AccountId[],
  owner?: OwnerId,
): Promise<StoredEvidence[]> {
  const rows = await tx.query<EvidenceRow>(sql`
    select *, bindery_clock() as now from evidence
     where (account_id = any(${accounts}::text[]) or owner_id = ${owner}) and state in ('uploaded', 'checking', 'accepted')
     order by id for update`);
  return rows.map(toStored);
}
