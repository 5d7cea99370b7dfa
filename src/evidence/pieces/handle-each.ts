import type { EvidenceId } from '../../kernel/ids.ts';
import type { Result } from '../../kernel/refusals.ts';
import type { Database, Tx } from '../../store/database.ts';
import { lockEvidence } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';

/** How many pieces one round of a job takes on. */
export const ROUND = 200;

/** Settles pieces whose time has come, each locked in a transaction of its own; gives how many were settled. */
export async function handleEach(
  db: Database,
  ids: readonly EvidenceId[],
  settleOne: (tx: Tx, stored: StoredEvidence) => Promise<Result<unknown>>,
): Promise<number> {
  let settled = 0;
  for (const id of ids) {
    await db.transaction(async (tx) => {
      const stored = await lockEvidence(tx, id);
      if (stored && (await settleOne(tx, stored)).ok) settled += 1;
    });
  }
  return settled;
}
