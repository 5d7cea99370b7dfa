import { findAccount } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AcceptedUpload, UploadRefusal } from '../../documents/accept-upload.ts';
import { keepDocuments, withDocuments } from '../../documents/orphaned-uploads.ts';
import { type AccountId, type EvidenceId, newId, type OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { readClock } from '../../store/clock.store.ts';
import type { Tx } from '../../store/database.ts';
import { findClaim, findOwnerKind } from '../claims/claims.store.ts';
import { hasConsent } from '../consents/consents.store.ts';
import { trackOf } from '../consents/track.ts';
import { insertDeposit } from '../deposits/deposits.store.ts';
import type { EvidenceDeps } from '../deps.ts';
import { insertDocuments } from '../pieces/documents.store.ts';
import { countUnproven, insertEvidence, lockEvidence } from '../pieces/evidence.store.ts';
import type { StoredEvidence } from '../pieces/evidence-row.ts';
import { EVIDENCE, type EvidenceType, isAskedOf } from '../pieces/evidence-type.ts';
import { handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { lockApplicant, requalify } from '../pieces/requalify.ts';
import { openEvidenceCase } from '../pieces/review-evidence.ts';
import { insertSigning } from '../signings/signings.store.ts';
import { scheduleSubmission } from './submissions.store.ts';

export interface Submission {
  readonly account: AccountId;
  readonly type: EvidenceType;
  /** As the document says; null: it does not run out. */
  readonly validUntil: Date | null;
  readonly uploads: readonly Buffer[];
}

export type SubmitForAccountRefusal =
  | UploadRefusal
  | 'unknown_account'
  | 'not_asked_for'
  | 'not_declared' // the account must first say whom it belongs to
  | 'consent_missing'
  | 'wrong_number_of_documents'
  | 'out_of_date'
  | 'already_under_way'
  | 'too_many_attempts';

/**
 * Attempts of each type that count at a time, without those that were accepted. A deposit's amount
 * can be guessed three times, and this limits how many deposits can be guessed at. Who renews is
 * not limited.
 */
const ATTEMPTS = 5;

type Deps = Pick<EvidenceDeps, 'db' | 'documents' | 'review' | 'lifetimes'>;

/**
 * An account submits a piece of evidence for its declared or proven owner. Documents are accepted
 * and sealed first. One transaction then writes the piece, sends it to a person or queues it for
 * its provider, and computes the qualification.
 */
export async function submitForAccount(
  deps: Deps,
  submission: Submission,
): Promise<Result<EvidenceId, SubmitForAccountRefusal>> {
  const { account: id, type, uploads } = submission;
  const account = await findAccount(deps.db, id);
  if (!account) return refuse('unknown_account', 'EVI-9A0');
  const track = trackOf(account.kind, await findOwnerKind(deps.db, id));
  if (!isAskedOf(track, type) || EVIDENCE[type].brings === 'confirmation')
    return refuse('not_asked_for', 'EVI-9A1', { track, type });
  const owner = (await findClaim(deps.db, id))?.owner ?? account.ownerId;
  if (owner === null) return refuse('not_declared', 'EVI-9A2');
  if (!(await hasConsent(deps.db, id, EVIDENCE[type].consent)))
    return refuse('consent_missing', 'EVI-9A3', { type });
  if (uploads.length !== EVIDENCE[type].documents)
    return refuse('wrong_number_of_documents', 'EVI-9A4', { type });
  // Checked again below, under the locks. Here it prevents that documents are read and scanned
  // again and again.
  if ((await countUnproven(deps.db, id, type, deps.lifetimes.evidence.attempt)) >= ATTEMPTS)
    return refuse('too_many_attempts', 'EVI-9AA', { type });
  return await withDocuments(deps.documents, { owner, uploads }, async (documents) =>
    deps.db.transaction(async (tx) => await write(tx, deps, { ...submission, owner }, documents)),
  );
}

async function write(
  tx: Tx,
  deps: Deps,
  { account, owner, type, validUntil }: Submission & { readonly owner: OwnerId },
  documents: readonly AcceptedUpload[],
): Promise<Result<EvidenceId, SubmitForAccountRefusal>> {
  const applicant = await lockApplicant(tx, { accountId: account, ownerId: owner });
  const claimed = (await findClaim(tx, account))?.owner ?? applicant.account.ownerId;
  // declared again, or deleted, meanwhile
  if (!applicant.owner || claimed !== owner) return refuse('not_declared', 'EVI-9A5');
  if (!(await hasConsent(tx, account, EVIDENCE[type].consent)))
    return refuse('consent_missing', 'EVI-9A6', { type });
  if ((await countUnproven(tx, account, type, deps.lifetimes.evidence.attempt)) >= ATTEMPTS)
    return refuse('too_many_attempts', 'EVI-9A7', { type });
  if (validUntil !== null && validUntil <= (await readClock(tx)))
    return refuse('out_of_date', 'EVI-9A8', { type });
  const id = newId('evi');
  if (!(await insertEvidence(tx, { id, accountId: account, ownerId: owner, type, validUntil })))
    return refuse('already_under_way', 'EVI-9A9', { type });
  const stored = await lockEvidence(tx, id);
  if (!stored) throw new Error(`evidence ${id} was inserted but cannot be read`);
  await keepDocuments(tx, documents);
  await insertDocuments(tx, { evidence: id, owner, documents });
  await appendAudit(tx, {
    action: 'evidence.uploaded',
    subject: id,
    actor: account,
    detail: { type, documents: documents.length },
  });
  if (EVIDENCE[type].examiner === 'person') {
    await examineByPerson(tx, deps, stored);
    return ok(id);
  }
  if (EVIDENCE[type].brings === 'deposit') await insertDeposit(tx, id);
  // the queue asks later, because a transaction waits for nobody outside
  await scheduleSubmission(tx, id);
  await requalify(tx, applicant, { piece: stored, invalidation: undefined });
  return ok(id);
}

async function examineByPerson(tx: Tx, deps: Deps, stored: StoredEvidence): Promise<void> {
  const { type, id, now } = stored;
  const context = { actor: 'system', lifetimes: deps.lifetimes };
  await handleEvidenceCommand(tx, stored, { type: 'examine', examiner: 'person', now }, context);
  if (EVIDENCE[type].brings === 'signing') await insertSigning(tx, id);
  else await openEvidenceCase(tx, stored, deps.review);
}
