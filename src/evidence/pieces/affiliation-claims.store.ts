import type { AccountId, EvidenceId } from '../../kernel/ids.ts';
import type { Place } from '../../owners/sealed.ts';
import type { Db, Tx } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { EvidenceState, RejectionReason } from './evidence.ts';

/** Which parent a piece of evidence claims, and what the parent said to it. */
export interface AffiliationClaim {
  readonly parentIndex: Buffer;
  /** Sealed under the subsidiary's key. */
  readonly number: Buffer;
  /** Null: the parent has not answered. */
  readonly confirmed: boolean | null;
  readonly answeredBy: AccountId | null;
}

export function placeOfParent(evidence: string): Place {
  return { table: 'affiliation_claims', row: evidence, column: 'number' };
}

export async function insertAffiliationClaim(
  tx: Tx,
  id: EvidenceId,
  { parentIndex, number }: Pick<AffiliationClaim, 'parentIndex' | 'number'>,
): Promise<void> {
  await tx.query(sql`
    insert into affiliation_claims (evidence_id, parent_index, number) values (${id}, ${parentIndex}, ${number})`);
}

export async function findAffiliationClaim(
  db: Db,
  id: EvidenceId,
): Promise<AffiliationClaim | undefined> {
  const [row] = await db.query<AffiliationClaim>(sql`
    select parent_index as "parentIndex", number, confirmed, answered_by as "answeredBy"
      from affiliation_claims where evidence_id = ${id}`);
  return row;
}

/** Under the lock of its piece. False if it was answered already. */
export async function answerAffiliationClaim(
  tx: Tx,
  id: EvidenceId,
  { by, confirmed }: { readonly by: AccountId; readonly confirmed: boolean },
): Promise<boolean> {
  const rows = await tx.query(sql`
    update affiliation_claims set answered_by = ${by}, answered_at = bindery_now(), confirmed = ${confirmed}
     where evidence_id = ${id} and confirmed is null returning 1`);
  return rows.length > 0;
}

export async function deleteAffiliationClaim(tx: Tx, id: EvidenceId): Promise<void> {
  await tx.query(sql`delete from affiliation_claims where evidence_id = ${id}`);
}

/** A claim as the subsidiary's account sees it. */
export interface OwnAffiliation {
  readonly id: EvidenceId;
  readonly state: EvidenceState;
  readonly reason: RejectionReason | null;
  readonly validUntil: Date | null;
  readonly dueAt: Date | null;
  readonly submittedAt: Date;
  readonly confirmed: boolean | null;
  /** Whether the tie holds by this piece. */
  readonly tied: boolean;
}

/** The newest first. */
export async function findOwnAffiliations(db: Db, account: AccountId): Promise<OwnAffiliation[]> {
  return await db.query<OwnAffiliation>(sql`
    select e.id, e.state, e.reason, e.valid_until as "validUntil", e.due_at as "dueAt", e.submitted_at as "submittedAt", c.confirmed,
           exists (select from company_ties t where t.subsidiary_id = e.owner_id and t.evidence = e.id) as tied
      from evidence e join affiliation_claims c on c.evidence_id = e.id
     where e.account_id = ${account} order by e.submitted_at desc, e.id`);
}

/** A claim that waits for the parent's answer, as the parent's accounts see it. */
export interface AskedAffiliation {
  readonly id: EvidenceId;
  readonly login: string;
  readonly displayName: string;
  readonly submittedAt: Date;
}

/** What organisations claim of the owner of this account, the oldest first. */
export async function findAskedAffiliations(
  db: Db,
  account: AccountId,
): Promise<AskedAffiliation[]> {
  return await db.query<AskedAffiliation>(sql`
    select e.id, who.login, who.display_name as "displayName", e.submitted_at as "submittedAt"
      from account_cards mine join present_owners o on o.id = mine.owner_id
      join affiliation_claims c on c.parent_index = o.identity_index and c.confirmed is null
      join evidence e on e.id = c.evidence_id and e.state in ('checking', 'accepted')
      join account_cards who on who.id = e.account_id
     where mine.id = ${account} order by e.submitted_at, e.id`);
}
