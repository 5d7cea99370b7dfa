import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { plusSeconds } from '../../kernel/time.ts';
import type { Tx } from '../../store/database.ts';
import { handleDepositCommand } from '../deposits/handle-deposit-command.ts';
import type { EvidenceDeps } from '../deps.ts';
import { lockEvidence } from '../pieces/evidence.store.ts';
import type { EvidenceCommand, RejectionReason } from '../pieces/evidence.ts';
import type { StoredEvidence } from '../pieces/evidence-row.ts';
import { EVIDENCE } from '../pieces/evidence-type.ts';
import { type EvidenceContext, handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { openEvidenceCase } from '../pieces/review-evidence.ts';
import { rememberNonce } from '../provider/nonces.store.ts';
import type { Answer, CheckResult } from '../provider/verification-provider.ts';
import { endSubmission } from './submissions.store.ts';

type Deps = Pick<EvidenceDeps, 'db' | 'review' | 'lifetimes'>;
type Verdict = Exclude<CheckResult, 'match' | 'undecided' | 'sent' | 'bounced'>;

// biome-ignore format: a table is read by its columns
const REASONS = {
  mismatch:   'does_not_match',
  unknown:    'not_on_record',
  unreadable: 'unreadable',
} as const satisfies Record<Verdict, RejectionReason>;

const byProvider = ({ lifetimes }: Deps): EvidenceContext => ({ actor: 'provider', lifetimes });
const bySystem = ({ lifetimes }: Deps): EvidenceContext => ({ actor: 'system', lifetimes });

/**
 * Handles a provider's answer. A callback brings a nonce, a direct answer does not.
 *
 * It may come twice, late, or about a withdrawn piece. An answer that changes nothing is still
 * accepted (`applied` false). The nonce is stored in the transaction that applies the answer, so an
 * answer that failed half-way may come again.
 */
export async function receiveAnswer(
  deps: Deps,
  { answer, nonce }: { readonly answer: Answer; readonly nonce?: string },
): Promise<Result<{ readonly applied: boolean }, 'replayed' | 'unknown_evidence'>> {
  return await deps.db.transaction(
    async (tx): Promise<Result<{ readonly applied: boolean }, 'replayed' | 'unknown_evidence'>> => {
      if (nonce !== undefined && !(await rememberNonce(tx, nonce)))
        return refuse('replayed', 'EVI-6R0');
      const stored = await lockEvidence(tx, answer.id);
      if (!stored) return refuse('unknown_evidence', 'EVI-6R1');
      return ok({ applied: await applyAnswer(tx, deps, stored, answer) });
    },
  );
}

/**
 * The provider cannot be asked, or rejects the question, so a person decides. A deposit fails
 * instead, because no person can tell.
 */
export async function referToPerson(deps: Deps, evidenceId: string): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const stored = await lockEvidence(tx, evidenceId);
    if (!stored) return;
    if (stored.evidence.state !== 'uploaded') return void (await refer(tx, deps, stored));
    const examiner = isDeposit(stored) ? 'provider' : 'person';
    const examined = await handleEvidenceCommand(
      tx,
      stored,
      { type: 'examine', examiner, now: stored.now },
      bySystem(deps),
    );
    if (!examined.ok) return;
    if (examiner === 'person') await openEvidenceCase(tx, stored, deps.review);
    else
      await handleDepositCommand(
        tx,
        { ...stored, evidence: examined.value },
        { type: 'bounced' },
        bySystem(deps),
      );
  });
}

async function applyAnswer(
  tx: Tx,
  deps: Deps,
  stored: StoredEvidence,
  answer: Answer,
): Promise<boolean> {
  const { now } = stored;
  // not an answer to this question
  if ((answer.result === 'sent' || answer.result === 'bounced') !== isDeposit(stored)) return false;
  switch (answer.result) {
    case 'sent':
    case 'bounced': {
      if (stored.evidence.state !== 'checking') return false;
      const until = plusSeconds(now, deps.lifetimes.evidence.deposit);
      const handled = await handleDepositCommand(
        tx,
        stored,
        answer.result === 'sent' ? { type: 'sent', until } : { type: 'bounced' },
        byProvider(deps),
      );
      if (handled.ok) await endSubmission(tx, stored.id);
      return handled.ok;
    }
    case 'undecided':
      return await refer(tx, deps, stored);
    case 'match': {
      const accept = {
        type: 'accept',
        by: 'provider',
        validUntil: answer.validUntil ?? stored.validUntil,
        now,
      } as const;
      const accepted = await handleEvidenceCommand(tx, stored, accept, byProvider(deps));
      if (accepted.ok || accepted.refusal.code !== 'out_of_date') return accepted.ok;
      return (
        await handleEvidenceCommand(tx, stored, rejection('out_of_date', now), byProvider(deps))
      ).ok;
    }
    case 'mismatch':
    case 'unknown':
    case 'unreadable':
      return (
        await handleEvidenceCommand(
          tx,
          stored,
          rejection(REASONS[answer.result], now),
          byProvider(deps),
        )
      ).ok;
  }
}

async function refer(tx: Tx, deps: Deps, stored: StoredEvidence): Promise<boolean> {
  if (isDeposit(stored))
    return (await handleDepositCommand(tx, stored, { type: 'bounced' }, bySystem(deps))).ok;
  const referred = await handleEvidenceCommand(
    tx,
    stored,
    { type: 'refer', now: stored.now },
    bySystem(deps),
  );
  if (referred.ok) await openEvidenceCase(tx, stored, deps.review);
  return referred.ok;
}

function rejection(reason: RejectionReason, now: Date): EvidenceCommand {
  return { type: 'reject', by: 'provider', reason, now };
}

function isDeposit({ type }: Pick<StoredEvidence, 'type'>): boolean {
  return EVIDENCE[type].brings === 'deposit';
}
