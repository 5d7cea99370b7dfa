import type { AccountId, CaseId, DocumentId } from '../../kernel/ids.ts';
import type { InstallationSecret } from '../../kernel/secrets.ts';

const PURPOSE = 'web/document';

/** What a link to a document is valid for: this reviewer, in this browser. */
export interface DocumentLink {
  readonly reviewer: AccountId;
  /** Hash of the browser's cookie. */
  readonly browser: string;
  readonly caseId: CaseId;
  readonly documentId: DocumentId;
}

/**
 * The address of a document, valid for five minutes. The link alone opens nothing: its reader must
 * be signed in as the reviewer it was made for.
 */
export async function documentLink(
  secrets: InstallationSecret,
  link: DocumentLink,
  lifetimeSeconds: number,
): Promise<string> {
  const key = await secrets.seal(PURPOSE, { ...link }, lifetimeSeconds);
  return `/review/${link.caseId}/documents/${link.documentId}?key=${key}`;
}

/** Whether the key was made for exactly this link and has not expired. */
export async function opens(
  secrets: InstallationSecret,
  key: unknown,
  wanted: Record<keyof DocumentLink, string>,
): Promise<boolean> {
  if (typeof key !== 'string') return false;
  const made = await secrets.unseal(PURPOSE, key);
  if (!made) return false;
  return (Object.keys(wanted) as (keyof DocumentLink)[]).every(
    (name) => made[name] === wanted[name],
  );
}
