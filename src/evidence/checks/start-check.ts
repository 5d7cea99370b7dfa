import { lockAccounts } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { handleRequestCommand } from '../../binding/handle-request-command.ts';
import { lockParticipant, type Step, type StepRefusal } from '../../binding/prove-step.ts';
import { MOST_CHECKS } from '../../binding/step-up.ts';
import type { AcceptedUpload, UploadRefusal } from '../../documents/accept-upload.ts';
import { keepDocuments, withDocuments } from '../../documents/orphaned-uploads.ts';
import { type AccountId, type CheckId, newId, type OwnerId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { plusSeconds } from '../../kernel/time.ts';
import type { Tx } from '../../store/database.ts';
import { hasConsent } from '../consents/consents.store.ts';
import type { EvidenceDeps } from '../deps.ts';
import { insertDocuments } from '../pieces/documents.store.ts';
import { countFailed, findPersonBehind, insertCheck } from './checks.store.ts';

export type CheckRefusal =
  | StepRefusal
  | UploadRefusal
  | 'consent_missing'
  | 'no_face' // an organisation has none, and an unverified account cannot be compared
  | 'wrong_number_of_documents'
  | 'already_under_way'
  | 'too_many_checks';

type Deps = Pick<EvidenceDeps, 'db' | 'documents' | 'policy'>;

/**
 * A side shows its face. The picture is sealed like a document, and compared with the person whom
 * the account is verified as. The check counts for this request only. It proves no piece of
 * evidence and changes no qualification.
 */
export async function startCheck(
  deps: Deps,
  { uploads, ...step }: Step & { readonly uploads: readonly Buffer[] },
): Promise<Result<CheckId, CheckRefusal>> {
  const participant = await deps.db.transaction(
    async (tx) => await lockParticipant(tx, deps.policy, step, 'identity_check'),
  );
  if (!participant.ok) return participant;
  const { by } = participant.value;
  const owner = await findPersonBehind(deps.db, by);
  if (owner === undefined) return refuse('no_face', 'EVI-CS0');
  if (!(await hasConsent(deps.db, by, 'identity_check')))
    return refuse('consent_missing', 'EVI-CS1');
  if (uploads.length !== 1) return refuse('wrong_number_of_documents', 'EVI-CS2');
  return await withDocuments(deps.documents, { owner, uploads }, async (documents) =>
    deps.db.transaction(async (tx) => await write(tx, deps, { step, by, owner, documents })),
  );
}

interface Taken {
  readonly step: Step;
  readonly by: AccountId;
  readonly owner: OwnerId;
  readonly documents: readonly AcceptedUpload[];
}

/** Checks everything again, under the lock of the request. */
async function write(
  tx: Tx,
  deps: Deps,
  { step, by, owner, documents }: Taken,
): Promise<Result<CheckId, CheckRefusal>> {
  const participant = await lockParticipant(tx, deps.policy, step, 'identity_check');
  if (!participant.ok) return participant;
  const { stored, approvalSession } = participant.value;
  await lockAccounts(tx, [by]); // from here on no consent can be withdrawn
  if ((await findPersonBehind(tx, by)) !== owner) return refuse('no_face', 'EVI-CS3');
  if (!(await hasConsent(tx, by, 'identity_check'))) return refuse('consent_missing', 'EVI-CS4');
  if ((await countFailed(tx, stored.id, approvalSession.side)) >= MOST_CHECKS)
    return refuse('too_many_checks', 'EVI-CS5');
  const id = newId('chk');
  if (
    !(await insertCheck(tx, {
      id,
      requestId: stored.id,
      side: approvalSession.side,
      accountId: by,
      ownerId: owner,
    }))
  )
    return refuse('already_under_way', 'EVI-CS6');
  await keepDocuments(tx, documents);
  await insertDocuments(tx, { check: id, owner, documents });
  await appendAudit(tx, {
    action: 'identity-check.begun',
    subject: id,
    actor: by,
    detail: { request: stored.id, side: approvalSession.side },
  });
  const { lifetimes } = deps.policy;
  const until = plusSeconds(stored.now, lifetimes.binding.identityCheck);
  const applied = await handleRequestCommand(
    tx,
    stored,
    { type: 'await_check', until },
    { actor: by, lifetimes },
  );
  if (!applied.ok)
    throw new Error(`a proving request refused to wait for a check: ${applied.refusal.site}`);
  return ok(id);
}
