import { findAccount } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AcceptedUpload, UploadRefusal } from '../../documents/accept-upload.ts';
import { keepDocuments, withDocuments } from '../../documents/orphaned-uploads.ts';
import { type AccountId, type EvidenceId, newId, type OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { type Identity, identityIndex, parseIdentity } from '../../owners/blind-index.ts';
import type { NumberRefusal } from '../../owners/document-number.ts';
import { sealBytes } from '../../owners/seal-bytes.ts';
import { readClock } from '../../store/clock.store.ts';
import type { Tx } from '../../store/database.ts';
import { consume } from '../../store/rate-limits.ts';
import { findOwnerKind } from '../claims/claims.store.ts';
import { hasConsent } from '../consents/consents.store.ts';
import type { EvidenceDeps } from '../deps.ts';
import { insertAffiliationClaim, placeOfParent } from '../pieces/affiliation-claims.store.ts';
import { lockAffiliates } from '../pieces/apply-affiliation.ts';
import { insertDocuments } from '../pieces/documents.store.ts';
import { insertEvidence, lockEvidence } from '../pieces/evidence.store.ts';
import { EVIDENCE } from '../pieces/evidence-type.ts';
import { handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { lockApplicant } from '../pieces/requalify.ts';
import { openEvidenceCase } from '../pieces/review-evidence.ts';

export type SubmitAffiliationRefusal =
  | UploadRefusal
  | NumberRefusal
  | 'not_a_company' // or not verified as one
  | 'same_company'
  | 'consent_missing'
  | 'wrong_number_of_documents'
  | 'out_of_date'
  | 'already_under_way'
  | 'too_many_attempts';

type Deps = Pick<
  EvidenceDeps,
  'db' | 'secrets' | 'custody' | 'documents' | 'review' | 'limits' | 'lifetimes'
>;

const TYPE = 'affiliation';

interface Submitted {
  readonly account: AccountId;
  readonly owner: OwnerId;
  readonly parent: Extract<Identity, { kind: 'organisation' }>;
  readonly validUntil: Date | null;
}

/**
 * A verified company says which one it belongs to, and shows it by two documents (R44). Every
 * number gets the same answer, whether or not there is such a parent here. The tie needs the
 * parent's confirmation, too.
 */
export async function submitAffiliation(
  deps: Deps,
  submission: {
    readonly account: AccountId;
    /** As typed. */
    readonly number: unknown;
    readonly validUntil: Date | null;
    readonly uploads: readonly Buffer[];
  },
): Promise<Result<EvidenceId, SubmitAffiliationRefusal>> {
  const { account: id, uploads, validUntil } = submission;
  const account = await findAccount(deps.db, id);
  const owner = account?.ownerId ?? null;
  if (
    owner === null ||
    account?.qualification !== 'verified' ||
    (await findOwnerKind(deps.db, id)) !== 'organisation'
  )
    return refuse('not_a_company', 'EVI-SA0');
  const parent = parseIdentity('organisation', submission.number);
  if (!parent.ok) return parent;
  if (!(await hasConsent(deps.db, id, EVIDENCE[TYPE].consent)))
    return refuse('consent_missing', 'EVI-SA1');
  if (uploads.length !== EVIDENCE[TYPE].documents)
    return refuse('wrong_number_of_documents', 'EVI-SA2');
  if (await consume(deps.db, [{ limiter: deps.limits.declarations, key: id }]))
    return refuse('too_many_attempts', 'EVI-SA3');
  const submitted = { account: id, owner, parent: parent.value as Submitted['parent'], validUntil };
  return await withDocuments(deps.documents, { owner, uploads }, async (documents) =>
    deps.db.transaction(async (tx) => await write(tx, deps, submitted, documents)),
  );
}

async function write(
  tx: Tx,
  deps: Deps,
  { account: accountId, owner: ownerId, parent, validUntil }: Submitted,
  documents: readonly AcceptedUpload[],
): Promise<Result<EvidenceId, SubmitAffiliationRefusal>> {
  const parentIndex = identityIndex(deps.secrets, parent);
  await lockAffiliates(tx, { subsidiary: ownerId, parentIndex });
  const { account, owner } = await lockApplicant(tx, { accountId, ownerId });
  if (!owner || account.ownerId !== ownerId || account.qualification !== 'verified')
    return refuse('not_a_company', 'EVI-SA4');
  if (owner.identityIndex === parentIndex.toString('base64url'))
    return refuse('same_company', 'EVI-SA5');
  if (!(await hasConsent(tx, accountId, EVIDENCE[TYPE].consent)))
    return refuse('consent_missing', 'EVI-SA6');
  if (validUntil !== null && validUntil <= (await readClock(tx)))
    return refuse('out_of_date', 'EVI-SA7');
  const id = newId('evi');
  if (!(await insertEvidence(tx, { id, accountId, ownerId, type: TYPE, validUntil })))
    return refuse('already_under_way', 'EVI-SA8');
  const number = await sealBytes(tx, deps, {
    owner: ownerId,
    place: placeOfParent(id),
    bytes: Buffer.from(parent.number),
  });
  if (!number.ok) throw new Error(`the parent of ${id} cannot be sealed: ${number.refusal.site}`);
  await insertAffiliationClaim(tx, id, { parentIndex, number: number.value });
  await keepDocuments(tx, documents);
  await insertDocuments(tx, { evidence: id, owner: ownerId, documents });
  await appendAudit(tx, {
    action: 'evidence.uploaded',
    subject: id,
    actor: accountId,
    detail: { type: TYPE, documents: documents.length },
  });
  const stored = await lockEvidence(tx, id);
  if (!stored) throw new Error(`evidence ${id} was inserted but cannot be read`);
  const examine = { type: 'examine', examiner: 'person', now: stored.now } as const;
  await handleEvidenceCommand(tx, stored, examine, {
    actor: 'system',
    lifetimes: deps.lifetimes,
  });
  await openEvidenceCase(tx, stored, deps.review);
  return ok(id);
}
