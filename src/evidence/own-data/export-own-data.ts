import { confirmPassword, type PasswordRefusal } from '../../accounts/confirm-password.ts';
import { findContactsOf } from '../../accounts/contacts.store.ts';
import { openContact } from '../../accounts/sealed-contact.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { openDocument } from '../../documents/accept-upload.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result } from '../../kernel/refusals.ts';
import { readClock } from '../../store/clock.store.ts';
import { revealClaim } from '../claims/reveal-claim.ts';
import type { EvidenceDeps } from '../deps.ts';
import { findDocumentsFrom } from '../pieces/documents.store.ts';
import { findEvidenceOf } from '../pieces/evidence.store.ts';
import { findNotices } from '../pieces/notices.store.ts';
import { type OwnData, viewOwnData } from './own-data.ts';

export interface ExportedData {
  readonly mediaType: 'application/json';
  readonly filename: string;
  readonly bytes: Buffer;
}

type Deps = Pick<EvidenceDeps, 'db' | 'secrets' | 'custody' | 'documents' | 'limits'>;

const MOST_NOTICES = 10_000;

/**
 * All that {@link viewOwnData} lists, in clear and machine-readable (PIPL art. 45), with documents
 * in base64. It asks for the password again. Each opening is audited first, with the purpose
 * `own_data`.
 */
export async function exportOwnData(
  deps: Deps,
  { account, password }: { readonly account: AccountId; readonly password: string },
): Promise<Result<ExportedData, PasswordRefusal>> {
  const { db } = deps;
  const confirmed = await confirmPassword(
    { db, limiter: deps.limits.passwords },
    { account, password },
  );
  if (!confirmed.ok) return confirmed;
  await db.transaction((tx) =>
    appendAudit(tx, { action: 'own_data.exported', subject: account, actor: account }),
  );
  const now = await readClock(db);
  const data = await viewOwnData(deps, { account });
  const exported = {
    format: 'urn:bindery:own-data:1',
    made_at: now,
    ...data,
    fields: await openFields(deps, account, data),
    documents: await openDocuments(deps, account, data),
    contacts: (await findContactsOf(db, account)).map(({ since, ...stored }) => ({
      since,
      ...openContact(deps.secrets, stored),
    })),
    evidence: (await findEvidenceOf(db, account)).map(
      ({ id, type, evidence, validUntil, dueAt, submittedAt }) => ({
        id,
        type,
        ...evidence,
        validUntil,
        dueAt,
        submittedAt,
      }),
    ),
    notices: (await findNotices(db, account, MOST_NOTICES)).map(({ what, reason, at, readAt }) => ({
      what,
      reason,
      at,
      readAt,
    })),
  };
  const filename = `bindery-data-${now.toISOString().slice(0, 10)}.json`;
  return ok({
    mediaType: 'application/json',
    filename,
    bytes: Buffer.from(JSON.stringify(exported, null, 2)),
  });
}

async function openFields(
  deps: Deps,
  account: AccountId,
  { fields }: OwnData,
): Promise<readonly unknown[]> {
  const opened: unknown[] = [];
  for (const field of fields) {
    const revealed = await revealClaim(deps, {
      account,
      field: field.field,
      by: account,
      purpose: 'own_data',
    });
    opened.push({ ...field, value: revealed.ok ? revealed.value : null });
  }
  return opened;
}

/** A document that is due for removal is listed, and its content is null. */
async function openDocuments(
  deps: Deps,
  account: AccountId,
  { documents }: OwnData,
): Promise<readonly unknown[]> {
  const stored = new Map(
    (await findDocumentsFrom(deps.db, account)).map((document) => [document.id, document.ownerId]),
  );
  const opened: unknown[] = [];
  for (const document of documents) {
    const owner = stored.get(document.id);
    const content =
      owner &&
      (await openDocument(deps.documents, {
        id: document.id,
        owner,
        by: account,
        purpose: 'own_data',
      }));
    opened.push({ ...document, content: content?.ok ? content.value.toString('base64') : null });
  }
  return opened;
}
