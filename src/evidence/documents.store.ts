import type { MediaType } from '../documents/media.ts';
import type { TakenDocument } from '../documents/take-document.ts';
import type { DocumentId, EvidenceId, OwnerId } from '../kernel/ids.ts';
import type { Db, Tx } from '../store/database.ts';
import { sql } from '../store/sql.ts';

export async function insertDocuments(
  tx: Tx,
  { evidence, owner, documents }: { readonly evidence: EvidenceId; readonly owner: OwnerId; readonly documents: readonly TakenDocument[] },
): Promise<void> {
  for (const { id, mediaType, size } of documents) {
    await tx.query(sql`
      insert into evidence_documents (id, evidence_id, owner_id, media_type, size)
      values (${id}, ${evidence}, ${owner}, ${mediaType}, ${size})`);
  }
}

export interface StoredDocument {
  readonly id: DocumentId;
  readonly ownerId: OwnerId;
  readonly mediaType: MediaType;
}

export async function findDocumentsOf(db: Db, evidence: EvidenceId): Promise<StoredDocument[]> {
  return await db.query<StoredDocument>(sql`
    select id, owner_id as "ownerId", media_type as "mediaType" from evidence_documents where evidence_id = ${evidence} order by id`);
}
