import { appendAudit } from '../../audit/audit-log.store.ts';
import { ok, type Result } from '../../kernel/refusals.ts';
import type { Lifetimes } from '../../lifetimes.ts';
import type { Tx } from '../../store/database.ts';
import { applyAffiliation, lockAffiliatesOf } from './apply-affiliation.ts';
import type { InvalidationReason } from './binding-effect.ts';
import { scheduleRemoval } from './documents.store.ts';
import { saveEvidence } from './evidence.store.ts';
import {
  decide,
  type Evidence,
  type EvidenceCommand,
  type EvidenceEvent,
  type EvidenceRefusalCode,
  evolve,
} from './evidence.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { type NoticeKind, tell } from './notices.store.ts';
import { lockApplicant, requalify } from './requalify.ts';

/** Who acts, and the lifetimes of what the command leaves. */
export interface EvidenceContext {
  readonly actor: string;
  readonly lifetimes: Lifetimes;
  /** For the audit row. */
  readonly because?: string;
}

/**
 * For each event: why the piece stopped counting, the notice to its owner, and how long its
 * documents stay.
 */
// biome-ignore format: a table is read by its columns
const MEANING = {
  examined:   { invalidation: undefined,     notice: null,                 documents: 'kept' },
  referred:   { invalidation: undefined,     notice: null,                 documents: 'kept' },
  accepted:   { invalidation: undefined,     notice: 'evidence.accepted',  documents: 'kept' },
  rejected:   { invalidation: undefined,     notice: 'evidence.rejected',  documents: 'kept_for_appeal' },
  overturned: { invalidation: undefined,     notice: 'appeal.upheld',      documents: 'kept' },
  refuted:    { invalidation: 'found_false', notice: 'evidence.rejected',  documents: 'kept_for_appeal' },
  expired:    { invalidation: 'expired',     notice: 'evidence.expired',   documents: 'kept_for_appeal' },
  withdrawn:  { invalidation: 'withdrawn',   notice: 'evidence.withdrawn', documents: 'removed' },
} as const satisfies Record<EvidenceEvent['type'], { invalidation: InvalidationReason | undefined; notice: NoticeKind | null; documents: Documents }>;

type Documents = 'kept' | 'kept_for_appeal' | 'removed';

/**
 * Decides `command` on the locked piece, and writes all consequences in the same transaction. They
 * are its state, the qualification of its owner's accounts, the effect on their bindings, notices and audit rows. A
 * refusal writes nothing.
 */
export async function handleEvidenceCommand(
  tx: Tx,
  stored: StoredEvidence,
  command: EvidenceCommand,
  { actor, lifetimes, because }: EvidenceContext,
): Promise<Result<Evidence, EvidenceRefusalCode>> {
  const decided = decide(command, stored.evidence);
  if (!decided.ok) return decided;
  const next = decided.value.reduce(evolve, stored.evidence);
  if (stored.type === 'affiliation') await lockAffiliatesOf(tx, stored);
  const applicant = await lockApplicant(tx, stored);
  await saveEvidence(tx, stored.id, next);
  for (const { type } of decided.value) {
    const { invalidation, notice, documents } = MEANING[type];
    const reason = next.state === 'rejected' ? next.reason : null;
    await appendAudit(tx, {
      action: `evidence.${type}`,
      subject: stored.id,
      actor,
      detail: { type: stored.type, ...(reason && { reason }), ...(because && { because }) },
    });
    await scheduleRemoval(tx, stored.id, secondsKept(documents, lifetimes.evidence));
    if (notice)
      await tell(tx, [
        {
          accountId: stored.accountId,
          what: notice,
          reason,
          evidenceId: stored.id,
          bindingId: null,
        },
      ]);
    const rested = stored.evidence.state === 'accepted';
    const fell = rested ? invalidation : undefined;
    if (stored.type === 'affiliation')
      await applyAffiliation(tx, stored, {
        state: next.state,
        invalidation: fell,
        by: actor,
      });
    else await requalify(tx, applicant, { piece: stored, invalidation: fell });
  }
  return ok(next);
}

/** Null: as long as the piece counts. */
function secondsKept(
  documents: Documents,
  { endedDocuments }: Lifetimes['evidence'],
): number | null {
  if (documents === 'kept') return null;
  return documents === 'removed' ? 0 : endedDocuments;
}
