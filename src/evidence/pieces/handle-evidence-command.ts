import { appendAudit } from '../../audit/audit-log.store.ts';
import { ok, type Result } from '../../kernel/refusals.ts';
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

/** Days that documents of rejected or invalid pieces are stored, for an appeal and its case. */
export const DAYS_KEPT = 90;

/**
 * For each event: why the piece stopped counting, the notice to its owner, and how long its
 * documents stay. Null: as long as the piece counts.
 */
// biome-ignore format: a table is read by its columns
const MEANING = {
  examined:   { invalidation: undefined,     notice: null,                 keepDays: null },
  referred:   { invalidation: undefined,     notice: null,                 keepDays: null },
  accepted:   { invalidation: undefined,     notice: 'evidence.accepted',  keepDays: null },
  rejected:   { invalidation: undefined,     notice: 'evidence.rejected',  keepDays: DAYS_KEPT },
  overturned: { invalidation: undefined,     notice: 'appeal.upheld',      keepDays: null },
  refuted:    { invalidation: 'found_false', notice: 'evidence.rejected',  keepDays: DAYS_KEPT },
  expired:    { invalidation: 'expired',     notice: 'evidence.expired',   keepDays: DAYS_KEPT },
  withdrawn:  { invalidation: 'withdrawn',   notice: 'evidence.withdrawn', keepDays: 0 },
} as const satisfies Record<EvidenceEvent['type'], { invalidation: InvalidationReason | undefined; notice: NoticeKind | null; keepDays: number | null }>;

/**
 * Decides `command` on the locked piece, and writes all consequences in the same transaction. They
 * are its state, the qualification of its owner's accounts, the effect on their bindings, notices and audit rows. A
 * refusal writes nothing.
 */
export async function handleEvidenceCommand(
  tx: Tx,
  stored: StoredEvidence,
  command: EvidenceCommand,
  actor: string,
): Promise<Result<Evidence, EvidenceRefusalCode>> {
  const decided = decide(command, stored.evidence);
  if (!decided.ok) return decided;
  const next = decided.value.reduce(evolve, stored.evidence);
  if (stored.type === 'affiliation') await lockAffiliatesOf(tx, stored);
  const applicant = await lockApplicant(tx, stored);
  await saveEvidence(tx, stored.id, next);
  for (const { type } of decided.value) {
    const { invalidation, notice, keepDays } = MEANING[type];
    const reason = next.state === 'rejected' ? next.reason : null;
    await appendAudit(tx, {
      action: `evidence.${type}`,
      subject: stored.id,
      actor,
      detail: { type: stored.type, ...(reason ? { reason } : {}) },
    });
    await scheduleRemoval(tx, stored.id, keepDays);
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
