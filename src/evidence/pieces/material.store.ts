import type { EvidenceId } from '../../kernel/ids.ts';
import type { Db } from '../../store/database.ts';
import { sql } from '../../store/sql.ts';
import type { StoredDocument } from './documents.store.ts';
import type { EvidenceType } from './evidence-type.ts';

/** A document that a reviewer may see, and its piece; null for a correction. */
export interface MaterialDocument extends StoredDocument {
  readonly evidenceId: EvidenceId | null;
  readonly type: EvidenceType | null;
}

/** The documents of a piece, and of the account's other open or accepted pieces. */
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
