import type { OwnerId } from '../kernel/ids.ts';
import type { Result } from '../kernel/refusals.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Tx } from '../store/database.ts';
import { type AcceptedUpload, acceptUpload, type UploadRefusal } from './accept-upload.ts';
import type { DocumentDeps } from './deps.ts';
import { deleteOrphanedUploads, findOldOrphanedUploads } from './orphaned-uploads.store.ts';

const BATCH = 100;

/**
 * Stores all uploads, then runs `work`, whose transaction keeps them ({@link keepDocuments}). If an
 * upload is refused, or `work` is refused or fails, nothing stays in the storage.
 */
export async function withDocuments<T, C extends string>(
  deps: DocumentDeps,
  { owner, uploads }: { readonly owner: OwnerId; readonly uploads: readonly Buffer[] },
  work: (documents: readonly AcceptedUpload[]) => Promise<Result<T, C>>,
): Promise<Result<T, C | UploadRefusal>> {
  const documents: AcceptedUpload[] = [];
  let done = false;
  try {
    for (const bytes of uploads) {
      const taken = await acceptUpload(deps, { owner, bytes });
      if (!taken.ok) return taken;
      documents.push(taken.value);
    }
    const worked = await work(documents);
    done = worked.ok;
    return worked;
  } finally {
    if (!done) await discard(deps, documents);
  }
}

/**
 * From now on the caller's transaction refers to these documents. Throws if one was deleted
 * meanwhile.
 */
export async function keepDocuments(tx: Tx, documents: readonly AcceptedUpload[]): Promise<void> {
  const kept = await deleteOrphanedUploads(
    tx,
    documents.map(({ id }) => id),
  );
  if (kept !== documents.length)
    throw new Error('a document was deleted before a row referred to it');
}

/** One round over files that a crash left in the storage before a row referred to them. */
export async function sweepOrphanedUploads(
  deps: Pick<DocumentDeps, 'db' | 'storage'> & { readonly lifetimes: Lifetimes },
  onError: (error: unknown) => void,
): Promise<number> {
  const old = { seconds: deps.lifetimes.documents.orphanedUpload, batch: BATCH };
  let swept = 0;
  for (const id of await findOldOrphanedUploads(deps.db, old)) {
    try {
      await discard(deps, [{ id }]);
      swept += 1;
    } catch (error) {
      onError(error);
    }
  }
  return swept;
}

async function discard(
  { db, storage }: Pick<DocumentDeps, 'db' | 'storage'>,
  documents: readonly Pick<AcceptedUpload, 'id'>[],
): Promise<void> {
  for (const { id } of documents) await storage.remove(id);
  await deleteOrphanedUploads(
    db,
    documents.map(({ id }) => id),
  );
}
