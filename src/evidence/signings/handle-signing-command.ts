import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AccountId, EvidenceId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { objectionTo } from '../../review/case.ts';
import { findReviewer } from '../../review/find-reviewer.ts';
import type { Tx } from '../../store/database.ts';
import type { EvidenceDeps } from '../deps.ts';
import { lockEvidence } from '../pieces/evidence.store.ts';
import type { StoredEvidence } from '../pieces/evidence-row.ts';
import { handleEach, ROUND } from '../pieces/handle-each.ts';
import { type EvidenceContext, handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import {
  type Appointment,
  decide,
  evolve,
  type InPersonSigning,
  type SigningCommand,
  type SigningRefusalCode,
} from './in-person-signing.ts';
import { findMissed, lockSigning, saveSigning } from './signings.store.ts';

export type SigningRefusal =
  | SigningRefusalCode
  | 'unknown_evidence'
  | 'evidence_over'
  | 'not_a_reviewer'
  | 'related_party';

type Deps = Pick<EvidenceDeps, 'db' | 'lifetimes'>;

/** Staff set the day and place for the legal representative, or change them. */
export async function appointSigning(
  deps: Deps,
  {
    evidenceId,
    by,
    at,
    place,
  }: Appointment & { readonly evidenceId: string; readonly by: AccountId },
): Promise<Result<InPersonSigning, SigningRefusal>> {
  return await byStaff(deps, { evidenceId, by }, ({ now }) => ({
    type: 'appoint',
    at,
    place,
    now,
  }));
}

/**
 * A member of staff saw the legal representative sign. Two different ones must confirm it, and
 * neither may be related (R3, R23).
 */
export async function attestSigning(
  deps: Deps,
  { evidenceId, by }: { readonly evidenceId: string; readonly by: AccountId },
): Promise<Result<InPersonSigning, SigningRefusal>> {
  const lasts = deps.lifetimes.evidence.signing;
  return await byStaff(deps, { evidenceId, by }, ({ now }) => ({ type: 'attest', by, now, lasts }));
}

/** One round over appointments that nobody, or only one person, attested. */
export async function missSignings({ db, lifetimes }: Deps): Promise<number> {
  const lasts = lifetimes.evidence.signing;
  const context = { actor: 'system', lifetimes };
  return await handleEach(
    db,
    await findMissed(db, { lasts, batch: ROUND }),
    async (tx, stored) =>
      await handleSigningCommand(tx, stored, { type: 'miss', now: stored.now, lasts }, context),
  );
}

/** Cancels the signing of a withdrawn piece. A first attestation stays on record. */
export async function cancelSigning(tx: Tx, id: EvidenceId): Promise<void> {
  const signing = await lockSigning(tx, id);
  const decided = signing && decide({ type: 'cancel' }, signing);
  if (decided?.ok)
    await saveSigning(tx, id, decided.value.reduce(evolve, signing as InPersonSigning));
}

async function byStaff(
  { db, lifetimes }: Deps,
  { evidenceId, by }: { readonly evidenceId: string; readonly by: AccountId },
  commandOf: (stored: StoredEvidence) => SigningCommand,
): Promise<Result<InPersonSigning, SigningRefusal>> {
  return await db.transaction(async (tx): Promise<Result<InPersonSigning, SigningRefusal>> => {
    const stored = await lockEvidence(tx, evidenceId);
    const staff = await findReviewer(tx, by);
    if (!staff) return refuse('not_a_reviewer', 'EVI-8S0');
    if (!stored) return refuse('unknown_evidence', 'EVI-8S1');
    const { accountId: applicant, ownerId } = stored;
    if (objectionTo(staff, { applicant, excludedOwners: [ownerId], excludedReviewers: [] }))
      return refuse('related_party', 'EVI-8S2');
    return await handleSigningCommand(tx, stored, commandOf(stored), { actor: by, lifetimes });
  });
}

/**
 * Handles a command on the signing of a locked piece. A completed or missed signing decides the
 * piece.
 */
async function handleSigningCommand(
  tx: Tx,
  stored: StoredEvidence,
  command: SigningCommand,
  context: EvidenceContext,
): Promise<Result<InPersonSigning, SigningRefusal>> {
  if (stored.evidence.state !== 'checking')
    return refuse('evidence_over', 'EVI-8S3', { state: stored.evidence.state });
  const signing = await lockSigning(tx, stored.id);
  if (!signing) return refuse('unknown_evidence', 'EVI-8S4', { type: stored.type });
  const decided = decide(command, signing);
  if (!decided.ok) return decided;
  const next = decided.value.reduce(evolve, signing);
  await saveSigning(tx, stored.id, next);
  await appendAudit(tx, {
    action: `signing.${next.state}`,
    subject: stored.id,
    actor: context.actor,
  });
  const { now } = stored;
  if (next.state === 'signed')
    await handleEvidenceCommand(
      tx,
      stored,
      { type: 'accept', by: 'person', validUntil: null, now },
      context,
    );
  if (next.state === 'missed')
    await handleEvidenceCommand(
      tx,
      stored,
      { type: 'reject', by: 'person', reason: 'not_confirmed', now },
      context,
    );
  return ok(next);
}
