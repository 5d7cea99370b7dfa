import { record } from '../journal/record.store.ts';
import { ok, type Result } from '../kernel/refusals.ts';
import type { Tx } from '../store/database.ts';
import { saveEvidence } from './evidence.store.ts';
import { decide, type Evidence, type EvidenceCommand, type EvidenceEvent, type EvidenceRefusalCode, evolve } from './evidence.ts';
import type { StoredEvidence } from './evidence-row.ts';
import { type NoticeKind, tell } from './notices.store.ts';
import type { Fall } from './re-evaluation.ts';
import { lockApplicant, requalify } from './requalify.ts';

/** What a change means for what rests on the piece, and what its owner hears of it. */
// biome-ignore format: a table is read by its columns
const MEANING = {
  examined:   { fall: undefined,     notice: null },
  referred:   { fall: undefined,     notice: null },
  accepted:   { fall: undefined,     notice: 'evidence.accepted' },
  rejected:   { fall: undefined,     notice: 'evidence.rejected' },
  refuted:    { fall: 'found_false', notice: 'evidence.rejected' },
  overturned: { fall: undefined,     notice: 'appeal.upheld' },
  expired:    { fall: 'expired',     notice: 'evidence.expired' },
  withdrawn:  { fall: 'withdrawn',   notice: 'evidence.withdrawn' },
} as const satisfies Record<EvidenceEvent['type'], { fall: Fall | undefined; notice: NoticeKind | null }>;

/**
 * Decides `command` over the piece as locked, and writes all that follows in the same transaction: its state, what the
 * account is qualified as, what becomes of its bindings, notices, audit rows. A refusal writes nothing.
 */
export async function settle(
  tx: Tx,
  stored: StoredEvidence,
  command: EvidenceCommand,
  actor: string,
): Promise<Result<Evidence, EvidenceRefusalCode>> {
  const decided = decide(command, stored.evidence);
  if (!decided.ok) return decided;
  const next = decided.value.reduce(evolve, stored.evidence);
  const applicant = await lockApplicant(tx, stored);
  await saveEvidence(tx, stored.id, next);
  for (const { type } of decided.value) {
    const { fall, notice } = MEANING[type];
    const reason = next.state === 'rejected' ? next.reason : null;
    await record(tx, {
      action: `evidence.${type}`,
      subject: stored.id,
      actor,
      detail: { type: stored.type, ...(reason ? { reason } : {}) },
    });
    if (notice) await tell(tx, [{ accountId: stored.accountId, what: notice, reason, evidenceId: stored.id, bindingId: null }]);
    const rested = stored.evidence.state === 'accepted';
    const { accountId, ownerId } = stored;
    await requalify(tx, applicant, { accountId, ownerId, evidenceId: stored.id, fall: rested ? fall : undefined });
  }
  return ok(next);
}
