import type { EvidenceId } from '../../kernel/ids.ts';
import type { Result } from '../../kernel/refusals.ts';
import type { Database, Tx } from '../../store/database.ts';
import { lockEvidence } from './evidence.store.ts';
import type { StoredEvidence } from './evidence-row.ts';

/** How many pieces one round of a job handles. */
export const ROUND = 200;

/** Handles due pieces, each locked in its own transaction. Returns how many succeeded. */
export async function handleEach(
  db: Database,
  ids: readonly EvidenceId[],
  handleOne: (tx: Tx, stored: StoredEvidence) => Promise<Result<unknown>>,
): Promise<number> {
  let handled = 0;
  for (const id of ids) {
    await db.transaction(async (tx) => {
      const stored = await lockEvidence(tx, id);
      if (stored && (await handleOne(tx, stored)).ok) handled += 1;
    });
  }
  return handled;
}
