import { sweepOrphanedUploads } from '../../documents/orphaned-uploads.ts';
import type { EvidenceDeps } from '../deps.ts';
import { deleteDocument, findDueDocuments } from './documents.store.ts';

type Deps = Pick<EvidenceDeps, 'db' | 'documents'>;

const BATCH = 100;

/**
 * Removes due documents, first from the storage, then from the table, so it can be repeated after a
 * crash. Verbs call it after their commit, so that withdrawn documents are gone when they answer.
 * If the storage is down then, the caller still succeeds. The job, which runs every minute,
 * reports the error.
 */
export async function removeDueDocuments(
  { db, documents }: Deps,
  onError: (error: unknown) => void = () => {},
): Promise<number> {
  let removed = 0;
  for (const id of await findDueDocuments(db, BATCH)) {
    try {
      await documents.storage.remove(id);
      await deleteDocument(db, id);
      removed += 1;
    } catch (error) {
      onError(error);
    }
  }
  return removed;
}

/** One round of the job: due documents, and files that a crash left without a row. */
export async function sweepDocuments(
  deps: Pick<EvidenceDeps, 'db' | 'documents' | 'lifetimes'>,
  onError: (error: unknown) => void,
): Promise<void> {
  await removeDueDocuments(deps, onError);
  await sweepOrphanedUploads({ ...deps.documents, lifetimes: deps.lifetimes }, onError);
}
