import { findAccount } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { openDocument } from '../../documents/accept-upload.ts';
import type { Media } from '../../documents/media.ts';
import { watermarkDocument } from '../../documents/watermark-document.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import type { ReviewCase, ReviewRefusal } from '../../review/case.ts';
import { checkLook } from '../../review/view-case.ts';
import { readClock } from '../../store/clock.store.ts';
import type { Db } from '../../store/database.ts';
import type { EvidenceDeps } from '../deps.ts';
import {
  findCorrectionDocuments,
  findPieceDocuments,
  type MaterialDocument,
} from './material.store.ts';

export type DocumentLookRefusal =
  | Extract<
      ReviewRefusal,
      'not_a_reviewer' | 'unknown_case' | 'related_party' | 'own_decision' | 'already_decided'
    >
  | 'unknown_document'
  | 'document_not_shown';

interface DocumentLook {
  readonly caseId: string;
  readonly documentId: string;
  readonly reviewer: AccountId;
}

/**
 * Returns one document of an open case to a reviewer who may see the case now. It is a copy with
 * the reviewer's name all over it. The audit row is written first (R23).
 */
export async function inspectDocument(
  deps: Pick<EvidenceDeps, 'db' | 'documents'>,
  { caseId, documentId, reviewer }: DocumentLook,
): Promise<Result<Media, DocumentLookRefusal>> {
  const checked = await checkLook(deps.db, { caseId, reviewer });
  if (!checked.ok) return checked;
  const { found } = checked.value;
  if (found.state !== 'open') return refuse('already_decided', 'EVI-1L0');
  const document = (await documentsOf(deps.db, found)).find(({ id }) => id === documentId);
  if (!document) return refuse('unknown_document', 'EVI-1L1', { case: found.id });
  const { id, ownerId: owner, mediaType } = document;
  const opened = await openDocument(deps.documents, { id, owner, by: reviewer, purpose: 'review' });
  if (!opened.ok)
    return refuse('unknown_document', 'EVI-1L2', { document: id, because: opened.refusal.site });
  const login = (await findAccount(deps.db, reviewer))?.login ?? reviewer;
  const at = await deps.db.transaction(async (tx) => {
    await appendAudit(tx, {
      action: 'document.viewed',
      subject: found.id,
      actor: reviewer,
      detail: { document: id },
    });
    return await readClock(tx);
  });
  const marked = await watermarkDocument(
    { mediaType, bytes: opened.value },
    { login, at, caseId: found.id },
  );
  if (!marked.ok)
    return refuse('document_not_shown', 'EVI-1L3', { document: id, because: marked.refusal.site });
  return ok({ mediaType, bytes: marked.value });
}

async function documentsOf(
  db: Db,
  { subject }: Pick<ReviewCase, 'subject'>,
): Promise<readonly MaterialDocument[]> {
  switch (subject.kind) {
    case 'binding_request':
      return [];
    case 'evidence':
      return await findPieceDocuments(db, subject.id);
    case 'correction':
      return await findCorrectionDocuments(db, subject.id);
  }
}
