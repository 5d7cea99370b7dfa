import { type DocumentId, newId, type OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Purpose } from '../owners/purpose.ts';
import { type DataKeyRefusal, openBytes, sealBytes } from '../owners/seal-bytes.ts';
import type { Place } from '../owners/sealed.ts';
import type { DocumentDeps } from './deps.ts';
import { type MediaRefusal, type MediaType, readMedia } from './media.ts';
import { insertOrphanedUpload } from './orphaned-uploads.store.ts';

/**
 * A document that is sealed and stored. It is an orphan until the caller's transaction refers to it
 * (keepDocuments).
 */
export interface AcceptedUpload {
  readonly id: DocumentId;
  readonly mediaType: MediaType;
  readonly size: number;
}

export type UploadRefusal = MediaRefusal | DataKeyRefusal | 'infected';

/**
 * Takes one upload. It is scanned unchanged, identified by its content, re-encoded if it is an
 * image, and sealed with the owner's data key. It is stored under a random name. Clear bytes exist
 * only in memory.
 */
export async function acceptUpload(
  deps: DocumentDeps,
  { owner, bytes }: { readonly owner: OwnerId; readonly bytes: Buffer },
): Promise<Result<AcceptedUpload, UploadRefusal>> {
  const media = await readMedia(bytes);
  if (!media.ok) return media;
  const scanned = await deps.scanner.scan(bytes);
  if (!scanned.clean) return refuse('infected', 'DOC-2T0', { found: scanned.found });
  const id = newId('doc');
  const sealed = await sealBytes(deps.db, deps, {
    owner,
    place: placeOf(id),
    bytes: media.value.bytes,
  });
  if (!sealed.ok) return sealed;
  await insertOrphanedUpload(deps.db, id);
  await deps.storage.put(id, sealed.value);
  return ok({ id, mediaType: media.value.mediaType, size: media.value.bytes.length });
}

export interface Look {
  readonly id: DocumentId;
  readonly owner: OwnerId;
  /** Account id, or 'system'. */
  readonly by: string;
  readonly purpose: Purpose;
}

/**
 * Opens a document for somebody and a purpose. The audit row is written before the content is
 * returned.
 */
export async function openDocument(
  deps: DocumentDeps,
  { id, owner, by, purpose }: Look,
): Promise<Result<Buffer, DataKeyRefusal | 'not_authentic' | 'gone'>> {
  const sealed = await deps.storage.get(id);
  if (!sealed) return refuse('gone', 'DOC-2O0', { id });
  return await openBytes(deps, { owner, place: placeOf(id), sealed, by, purpose });
}

function placeOf(id: DocumentId): Place {
  return { table: 'evidence_documents', row: id, column: 'content' };
}
