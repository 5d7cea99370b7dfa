import type { Kind } from '../../accounts/account.ts';
import type { AccountId, EvidenceId, OwnerId } from '../../kernel/ids.ts';
import type { Reviewer } from '../../review/case.ts';
import type { Db } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { StoredDocument } from './documents.store.ts';
import type { EvidenceType } from './evidence-types.ts';

/** A document that a reviewer may see, and which piece it belongs to; null: to a correction. */
export interface MaterialDocument extends StoredDocument {
  readonly evidenceId: EvidenceId | null;
  readonly type: EvidenceType | null;
}

/** The documents of a piece, and of what the same account brought beside it and has neither lost nor taken back. */
export async function findPieceDocuments(db: Db, piece: string): Promise<MaterialDocument[]> {
  return await db.query<MaterialDocument>(sql`
    select d.id, d.owner_id as "ownerId", d.media_type as "mediaType", e.id as "evidenceId", e.type
      from evidence judged
      join evidence e on e.account_id = judged.account_id and e.owner_id = judged.owner_id
       and (e.id = judged.id or e.state in ('uploaded', 'checking', 'accepted'))
      join evidence_documents d on d.evidence_id = e.id and (d.remove_at is null or d.remove_at > bindery_now())
     where judged.id = ${piece} order by e.id <> judged.id, e.submitted_at, d.id`);
}

export async function findCorrectionDocuments(
  db: Db,
  correction: string,
): Promise<MaterialDocument[]> {
  return await db.query<MaterialDocument>(sql`
    select id, owner_id as "ownerId", media_type as "mediaType", null as "evidenceId", null as type
      from evidence_documents
     where correction_id = ${correction} and (remove_at is null or remove_at > bindery_now()) order by id`);
}

/** What happened to a piece, and when; who of the staff did it is not for their colleagues to weigh. */
export interface HistoryEntry {
  readonly action: string;
  readonly at: Date;
}

export async function findHistory(db: Db, piece: EvidenceId): Promise<HistoryEntry[]> {
  return await db.query<HistoryEntry>(
    sql`select action, at from audit_log where subject = ${piece} order by seq`,
  );
}

/** A signing that waits for an appointment or for its witnesses. */
export interface OpenSigning {
  readonly evidenceId: EvidenceId;
  readonly accountId: AccountId;
  readonly ownerId: OwnerId;
  readonly kind: Kind;
  readonly state: 'requested' | 'appointed' | 'attested';
  readonly at: Date | null;
  readonly place: string | null;
  readonly first: AccountId | null;
  readonly submittedAt: Date;
  readonly now: Date;
}

/** Those that this reviewer may take: the ones without a day first, then by their day. */
export async function findOpenSignings(db: Db, { id, related }: Reviewer): Promise<OpenSigning[]> {
  return await db.query<OpenSigning>(sql`
    select e.id as "evidenceId", e.account_id as "accountId", e.owner_id as "ownerId", a.kind, s.state, s.appointed_at as at, s.place,
           s.first_witness as first, e.submitted_at as "submittedAt", bindery_now() as now
      from evidence e
      join in_person_signings s on s.evidence_id = e.id and s.state in ('requested', 'appointed', 'attested')
      join accounts a on a.id = e.account_id
     where e.type = 'in_person_signing' and e.state = 'checking' and a.id <> ${id}
       and e.owner_id <> all (${related}::text[]) and (a.owner_id is null or a.owner_id <> all (${related}::text[]))
     order by s.appointed_at nulls first, e.submitted_at limit 100`);
}

export async function findOpenSigning(db: Db, piece: string): Promise<OpenSigning | undefined> {
  const [row] = await db.query<OpenSigning>(sql`
    select e.id as "evidenceId", e.account_id as "accountId", e.owner_id as "ownerId", a.kind, s.state, s.appointed_at as at, s.place,
           s.first_witness as first, e.submitted_at as "submittedAt", bindery_now() as now
      from evidence e
      join in_person_signings s on s.evidence_id = e.id and s.state in ('requested', 'appointed', 'attested')
      join accounts a on a.id = e.account_id
     where e.id = ${piece} and e.state = 'checking'`);
  return row;
}
