import { deleteOldCeremonies } from '../accounts/ceremonies.store.ts';
import { handleRequestCommand } from '../binding/handle-request-command.ts';
import { findOverdueRequests, lockRequest } from '../binding/requests.store.ts';
import { isOver } from '../binding/view-request.ts';
import { deleteOldNonces as deleteOldCallbackNonces } from '../evidence/callbacks.store.ts';
import { deleteExpired } from '../oidc/artifacts.store.ts';
import { deleteOldKeys, deleteOldNonces } from '../risk/device-keys.store.ts';
import { rotateSignals } from '../risk/signals.store.ts';
import type { Database } from '../store/database.ts';
import { deleteOldApprovalSessions, deleteOldCounters } from './clean-up.store.ts';
import { deleteOldFailures } from './pools.store.ts';

/** How many rows one statement deletes, and how many requests one round ends. */
export const BATCH = 500;
/** Batches in one run: a backlog is worked off over several runs, never in one long one. */
const MOST_BATCHES = 20;

/** One round over requests whose owners ran out of time: they end, and their codes with them. Gives how many. */
export async function endOverdueRequests(db: Database): Promise<number> {
  let ended = 0;
  for (const id of await findOverdueRequests(db, BATCH)) {
    await db.transaction(async (tx) => {
      const stored = await lockRequest(tx, id);
      if (!isOver(stored)) return; // answered or renewed between the look and the lock
      await handleRequestCommand(tx, stored, { type: 'expire' }, { actor: 'system' });
      ended += 1;
    });
  }
  return ended;
}

/** One round over rows that nobody needs any more, in batches; `more` where a backlog is left. */
export async function deleteExpiredRows(
  db: Database,
): Promise<{ readonly deleted: number; readonly more: boolean }> {
  let deleted = 0;
  let more = false;
  const batches = [
    deleteExpired,
    deleteOldApprovalSessions,
    deleteOldCounters,
    deleteOldCeremonies,
    deleteOldNonces,
    deleteOldKeys,
    deleteOldCallbackNonces,
    deleteOldFailures,
  ];
  for (const deleteBatch of batches) {
    let gone = BATCH;
    for (let batch = 0; batch < MOST_BATCHES && gone >= BATCH; batch += 1) {
      gone = await deleteBatch(db, BATCH);
      deleted += gone;
    }
    more ||= gone >= BATCH;
  }
  await rotateSignals(db);
  return { deleted, more };
}

/** Both, once, for the operator's command. */
export async function cleanUp(
  db: Database,
): Promise<{ readonly ended: number; readonly deleted: number }> {
  return { ended: await endOverdueRequests(db), deleted: (await deleteExpiredRows(db)).deleted };
}
