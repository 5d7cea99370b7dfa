import { findAccount } from '../../accounts/accounts.store.ts';
import { confirmAfresh } from '../../accounts/confirm-afresh.ts';
import type { ChangeRefusal } from '../../accounts/confirm-change.ts';
import type { FactorDeps } from '../../accounts/deps.ts';
import type { SentProof } from '../../accounts/factor.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { dropCase } from '../../review/drop-case.ts';
import type { Tx } from '../../store/database.ts';
import type { EvidenceDeps } from '../deps.ts';
import {
  answerAffiliationClaim,
  findAskedAffiliations,
} from '../pieces/affiliation-claims.store.ts';
import { applyAffiliation, lockAffiliatesOf } from '../pieces/apply-affiliation.ts';
import { lockEvidence } from '../pieces/evidence.store.ts';
import { handleEvidenceCommand } from '../pieces/handle-evidence-command.ts';
import { lockApplicant } from '../pieces/requalify.ts';

export type AnswerAffiliationRefusal = 'unknown_evidence' | ChangeRefusal;

export interface AffiliationAnswer {
  readonly by: AccountId;
  readonly evidenceId: string;
  readonly confirmed: boolean;
  readonly password: string;
  readonly proof: SentProof;
}

/** What a passkey's proof is for: it names the claim that is answered. */
export function answerPurpose(evidenceId: string): string {
  return `answer_affiliation:${evidenceId}`;
}

/**
 * A verified account of the claimed parent confirms a subsidiary, or says that it is none (R44).
 * It proves itself afresh. A claim about another company looks like none.
 */
export async function answerAffiliation(
  deps: Pick<EvidenceDeps, 'db' | 'lifetimes'> & { readonly factors: FactorDeps },
  { by, evidenceId, confirmed, password, proof }: AffiliationAnswer,
): Promise<Result<void, AnswerAffiliationRefusal>> {
  if (!(await isAsked(deps.db, { by, evidenceId }))) return refuse('unknown_evidence', 'EVI-AA0');
  const proved = await confirmAfresh(deps.factors, {
    account: by,
    password,
    proof,
    purpose: answerPurpose(evidenceId),
    passkeyOnly: false,
  });
  if (!proved.ok) return proved;
  return await deps.db.transaction(
    async (tx) => await write(tx, deps, { by, evidenceId, confirmed }),
  );
}

/** Checks everything again, under the locks of the piece and of both company groups. */
async function write(
  tx: Tx,
  { lifetimes }: Pick<EvidenceDeps, 'lifetimes'>,
  { by, evidenceId, confirmed }: Pick<AffiliationAnswer, 'by' | 'evidenceId' | 'confirmed'>,
): Promise<Result<void, 'unknown_evidence'>> {
  const stored = await lockEvidence(tx, evidenceId);
  if (!stored) return refuse('unknown_evidence', 'EVI-AA1');
  const open = stored.evidence.state === 'checking';
  if (open && !confirmed) {
    const because = 'not_confirmed';
    await dropCase(tx, { kind: 'evidence', id: stored.id }, { by, because });
  }
  await lockAffiliatesOf(tx, stored);
  await lockApplicant(tx, stored);
  if (!(await isAsked(tx, { by, evidenceId }))) return refuse('unknown_evidence', 'EVI-AA2');
  if (!(await answerAffiliationClaim(tx, stored.id, { by, confirmed })))
    return refuse('unknown_evidence', 'EVI-AA3');
  await appendAudit(tx, {
    action: confirmed ? 'affiliation.confirmed' : 'affiliation.denied',
    subject: stored.id,
    actor: by,
  });
  if (confirmed) {
    const { state } = stored.evidence;
    await applyAffiliation(tx, stored, { state, invalidation: undefined, by });
  } else if (open) {
    const { now } = stored;
    const reject = { type: 'reject', by: 'person', reason: 'not_confirmed', now } as const;
    await handleEvidenceCommand(tx, stored, reject, { actor: by, lifetimes });
  }
  return ok(undefined);
}

async function isAsked(
  db: EvidenceDeps['db'] | Tx,
  { by, evidenceId }: Pick<AffiliationAnswer, 'by' | 'evidenceId'>,
): Promise<boolean> {
  const account = await findAccount(db, by);
  // A restricted account gives no word for others.
  if (account?.qualification !== 'verified' || account.status !== 'normal') return false;
  return (await findAskedAffiliations(db, by)).some(({ id }) => id === evidenceId);
}
