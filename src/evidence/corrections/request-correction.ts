import { findAccount } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AcceptedUpload, UploadRefusal } from '../../documents/accept-upload.ts';
import { keepDocuments, withDocuments } from '../../documents/orphaned-uploads.ts';
import { type AccountId, type CaseId, newId, type OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { placeOfField } from '../../owners/fields.ts';
import { withDataKey } from '../../owners/seal-bytes.ts';
import { seal } from '../../owners/sealed.ts';
import { materialDueAfter } from '../../review/deadline.ts';
import { openCase } from '../../review/open-case.ts';
import { readClock } from '../../store/clock.store.ts';
import type { Tx } from '../../store/database.ts';
import { consume } from '../../store/rate-limits.ts';
import { CONSENT_TO_DECLARE } from '../consents/consent.ts';
import { hasConsent } from '../consents/consents.store.ts';
import type { EvidenceDeps } from '../deps.ts';
import { insertDocuments } from '../pieces/documents.store.ts';
import { lockApplicant } from '../pieces/requalify.ts';
import { type CorrectableField, placeOfCorrection, readCorrection } from './correction.ts';
import { insertCorrection } from './corrections.store.ts';

export type CorrectionRefusal =
  | UploadRefusal
  | 'unknown_account'
  | 'not_verified' // nothing is proven yet: declare again
  | 'not_yours' // this kind of owner has no such field
  | 'malformed_value'
  | 'consent_missing'
  | 'wrong_number_of_documents'
  | 'already_under_way'
  | 'too_many_attempts';

type Deps = Pick<EvidenceDeps, 'db' | 'custody' | 'documents' | 'review' | 'limits'>;
type Answer = Result<{ readonly caseId: CaseId; readonly due: Date }, CorrectionRefusal>;

interface Wanted {
  readonly account: AccountId;
  readonly owner: OwnerId;
  readonly field: CorrectableField;
  readonly value: string;
}

const MOST_DOCUMENTS = 2;

/**
 * An owner asks to correct something that was proven (PIPL art. 46). A person compares it with one
 * or two documents.
 */
export async function requestCorrection(
  deps: Deps,
  asked: {
    readonly account: AccountId;
    readonly field: CorrectableField;
    readonly value: unknown;
    readonly uploads: readonly Buffer[];
  },
): Promise<Answer> {
  const { field, uploads } = asked;
  const account = await findAccount(deps.db, asked.account);
  if (!account) return refuse('unknown_account', 'EVI-CR0');
  const { id, kind, ownerId: owner } = account;
  if (owner === null || account.qualification !== 'verified')
    return refuse('not_verified', 'EVI-CR1');
  const value = readCorrection(kind, field, asked.value);
  if (!value.ok) return value;
  if (!(await hasConsent(deps.db, id, CONSENT_TO_DECLARE[kind])))
    return refuse('consent_missing', 'EVI-CR2');
  if (uploads.length === 0 || uploads.length > MOST_DOCUMENTS)
    return refuse('wrong_number_of_documents', 'EVI-CR3');
  if (await consume(deps.db, [{ limiter: deps.limits.declarations, key: id }]))
    return refuse('too_many_attempts', 'EVI-CR4');
  return await withDocuments(deps.documents, { owner, uploads }, async (documents) =>
    deps.db.transaction(
      async (tx) =>
        await write(tx, deps, { account: id, owner, field, value: value.value }, documents),
    ),
  );
}

async function write(
  tx: Tx,
  deps: Deps,
  wanted: Wanted,
  documents: readonly AcceptedUpload[],
): Promise<Answer> {
  const { account: accountId, owner: ownerId, field } = wanted;
  const { account, owner } = await lockApplicant(tx, { accountId, ownerId });
  if (!owner || account.ownerId !== ownerId || account.qualification !== 'verified')
    return refuse('not_verified', 'EVI-CR5');
  const id = newId('cor');
  const sealed = await sealTwice(tx, deps, wanted, id);
  const dueAt = materialDueAfter(await readClock(tx), account.kind, deps.review);
  if (!(await insertCorrection(tx, { id, accountId, ownerId, field, dueAt, ...sealed })))
    return refuse('already_under_way', 'EVI-CR6', { field });
  await keepDocuments(tx, documents);
  await insertDocuments(tx, { correction: id, owner: ownerId, documents });
  await appendAudit(tx, {
    action: 'correction.requested',
    subject: id,
    actor: accountId,
    detail: { field, documents: documents.length },
  });
  const caseId = await openCase(tx, {
    subject: { kind: 'correction', id },
    applicant: accountId,
    kind: account.kind,
    fourEyes: deps.review.fourEyes[account.kind],
    evidence: { field, account: accountId, kind: account.kind },
    excludedOwners: [ownerId],
    due: dueAt,
  });
  return ok({ caseId, due: dueAt });
}

/** Seals it for the reviewer and for the owner's record, so that a decision opens nothing. */
async function sealTwice(
  tx: Tx,
  { custody }: Deps,
  { owner, field, value }: Wanted,
  id: string,
): Promise<{ readonly value: Buffer; readonly forOwner: Buffer }> {
  const sealed = await withDataKey(tx, { custody, owner }, (dataKey) =>
    ok({
      value: seal(dataKey, placeOfCorrection(id), Buffer.from(value)),
      forOwner: seal(dataKey, placeOfField(owner, field), Buffer.from(value)),
    }),
  );
  if (!sealed.ok) throw new Error(`correction ${id} cannot be sealed: ${sealed.refusal.site}`);
  return sealed.value;
}
