import { sweepOrphanedUploads } from '../../documents/orphaned-uploads.ts';
import type { EvidenceDeps } from '../deps.ts';
import { deleteDocument, findDueDocuments } from './documents.store.ts';

type Deps = Pick<EvidenceDeps, 'db' | 'documents'>;

const BATCH = 100;

/**
 * Removes documents whose time has come, first from the storage, then from the record: cut off in between, it is simply done
 * again. Verbs call it after their commit, so that what was withdrawn is gone when they answer; a storage that cannot be
 * reached then is not their caller's trouble, and the job that comes by every few seconds reports it.
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

/** One round of the job: what is due, and what a crash left in the storage that no row refers to. */
export async function sweepDocuments(deps: Deps, onError: (error: unknown) => void): Promise<void> {
  await removeDueDocuments(deps, onError);
  await sweepOrphanedUploads(deps.documents, onError);
}
