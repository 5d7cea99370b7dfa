import { openDocument } from '../../documents/accept-upload.ts';
import type { OwnerId } from '../../kernel/ids.ts';
import type { EvidenceDeps } from '../deps.ts';
import type { Image } from '../provider/verification-provider.ts';
import type { StoredDocument } from './documents.store.ts';

const OPENED = { by: 'system', purpose: 'verification' } as const;

/** Opens documents for the provider; undefined when one of them cannot be opened. */
export async function openImages(
  deps: Pick<EvidenceDeps, 'documents'>,
  ownerId: OwnerId,
  documents: readonly StoredDocument[],
): Promise<Image[] | undefined> {
  const images: Image[] = [];
  for (const document of documents) {
    const opened = await openDocument(deps.documents, {
      id: document.id,
      owner: ownerId,
      ...OPENED,
    });
    if (!opened.ok) return undefined;
    images.push({ mediaType: document.mediaType, bytes: opened.value });
  }
  return images;
}
