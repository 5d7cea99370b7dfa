import { findAccount } from '../accounts/accounts.store.ts';
import { type TakenDocument, type TakeRefusal, takeDocument } from '../documents/take-document.ts';
import { record } from '../journal/record.store.ts';
import { type AccountId, type EvidenceId, newId, type OwnerId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { readClock } from '../store/clock.store.ts';
import type { Tx } from '../store/database.ts';
import { insertDeposit } from './deposits.store.ts';
import type { EvidenceDeps } from './deps.ts';
import { insertDocuments } from './documents.store.ts';
import { countRecent, insertEvidence, lockEvidence } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { scheduleHandOver } from './hand-overs.store.ts';
import { lockApplicant, requalify } from './requalify.ts';
import { type EvidenceType, isAskedOf, NATURE } from './requirements.ts';
import { openEvidenceCase } from './review-evidence.ts';
import { settle } from './settle-evidence.ts';
import { insertSigning } from './signings.store.ts';

export interface Submission {
  readonly account: AccountId;
  /** Whom the account says it belongs to, by registerPerson or registerOrganisation. */
  readonly owner: OwnerId;
  readonly type: EvidenceType;
  /** As the document says; null: it does not run out. */
  readonly validUntil: Date | null;
  readonly uploads: readonly Buffer[];
}

export type SubmitRefusal =
  | TakeRefusal
  | 'unknown_account'
  | 'not_asked_for'
  | 'wrong_number_of_documents'
  | 'other_owner'
  | 'out_of_date'
  | 'already_under_way'
  | 'too_many_attempts';

export type SubmitForAccountRefusal = SubmitRefusal | 'not_declared' | 'consent_missing';

/** A piece of evidence from the account's own page: whose it is follows from what the account declared. */
export async function submitForAccount(
  _deps: Pick<EvidenceDeps, 'db' | 'custody' | 'documents' | 'review'>,
  _submission: Omit<Submission, 'owner'>,
): Promise<Result<EvidenceId, SubmitForAccountRefusal>> {
  throw new Error('to be filled');
}

/** Of each type in thirty days: a deposit's amount has three guesses, and this bounds how many deposits are guessed at. */
const ATTEMPTS = 5;
const DAYS = 30;

/**
 * An account brings a piece of evidence. Documents are taken and sealed first; one transaction then writes the piece, sends
 * it to a person or queues it for its provider, and works out anew what the account is qualified as.
 */
export async function submitEvidence(deps: EvidenceDeps, submission: Submission): Promise<Result<EvidenceId, SubmitRefusal>> {
  const account = await findAccount(deps.db, submission.account);
  if (!account) return refuse('unknown_account', 'EVI-9A0');
  if (!isAskedOf(account.kind, submission.type)) return refuse('not_asked_for', 'EVI-9A1', { kind: account.kind, type: submission.type });
  if (submission.uploads.length !== NATURE[submission.type].documents) return refuse('wrong_number_of_documents', 'EVI-9A2');
  const documents: TakenDocument[] = [];
  let written: Result<EvidenceId, SubmitRefusal> | undefined;
  try {
    for (const bytes of submission.uploads) {
      const taken = await takeDocument(deps.documents, { owner: submission.owner, bytes });
      if (!taken.ok) return taken;
      documents.push(taken.value);
    }
    written = await deps.db.transaction(async (tx) => await write(tx, deps, submission, documents));
    return written;
  } finally {
    if (!written?.ok) for (const { id } of documents) await deps.documents.storage.remove(id);
  }
}

async function write(
  tx: Tx,
  deps: EvidenceDeps,
  { account, owner, type, validUntil }: Submission,
  documents: readonly TakenDocument[],
): Promise<Result<EvidenceId, SubmitRefusal>> {
  const applicant = await lockApplicant(tx, { accountId: account, ownerId: owner });
  const known = applicant.account.ownerId;
  if (!applicant.owner || (known !== null && known !== owner)) return refuse('other_owner', 'EVI-9A3');
  if ((await countRecent(tx, account, type, DAYS)) >= ATTEMPTS) return refuse('too_many_attempts', 'EVI-9A4', { type });
  if (validUntil !== null && validUntil <= (await readClock(tx))) return refuse('out_of_date', 'EVI-9A6', { type });
  const id = newId('evi');
  if (!(await insertEvidence(tx, { id, accountId: account, ownerId: owner, type, validUntil })))
    return refuse('already_under_way', 'EVI-9A5', { type });
  const stored = await lockEvidence(tx, id);
  if (!stored) throw new Error(`evidence ${id} was written and is not there`);
  await insertDocuments(tx, { evidence: id, owner, documents });
  await record(tx, { action: 'evidence.uploaded', subject: id, actor: account, detail: { type, documents: documents.length } });
  if (NATURE[type].examiner === 'person') {
    await examineByPerson(tx, deps, stored);
    return ok(id);
  }
  if (type === 'bank_micro_deposit') await insertDeposit(tx, id);
  await scheduleHandOver(tx, id); // asked when the queue comes to it, because a transaction waits for nobody outside
  await requalify(tx, applicant, { accountId: account, ownerId: owner, evidenceId: id, fall: undefined });
  return ok(id);
}

async function examineByPerson(tx: Tx, deps: EvidenceDeps, stored: StoredEvidence): Promise<void> {
  const { type, id, now } = stored;
  await settle(tx, stored, { type: 'examine', examiner: 'person', now }, 'system');
  if (type === 'in_person_signing') await insertSigning(tx, id);
  else await openEvidenceCase(tx, stored, deps.review);
}
