import { deleteOldCeremonies } from '../accounts/ceremonies.store.ts';
import type { BindingDeps } from '../binding/deps.ts';
import { endOverdueRequests } from '../binding/end-overdue-requests.ts';
import { deleteExpired } from '../oidc/artifacts.store.ts';
import { deleteOldKeys, deleteOldNonces } from '../risk/device-keys.store.ts';
import { rotateSignals } from '../risk/signals.store.ts';
import { deleteOldApprovalSessions, deleteOldCounters } from './clean-up.store.ts';
import { repeat } from './repeat.ts';

const EVERY_MS = 30_000;
const BATCH = 500;
/** Batches in one run: a backlog is worked off over several runs, never in one long one. */
const MOST_BATCHES = 20;

/** One round of clean-up: overdue requests are ended (and their codes die with them), expired rows go in batches. */
export async function cleanUp(
  deps: Pick<BindingDeps, 'db' | 'lifetimes'>,
): Promise<{ readonly ended: number; readonly deleted: number }> {
  const ended = await endOverdueRequests(deps, BATCH);
  const { db } = deps;
  let deleted = 0;
  const batches = [
    deleteExpired,
    deleteOldApprovalSessions,
    deleteOldCounters,
    deleteOldCeremonies,
    deleteOldNonces,
    deleteOldKeys,
  ];
  for (const deleteBatch of batches) {
    for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
      const gone = await deleteBatch(db, BATCH);
      deleted += gone;
      if (gone < BATCH) break;
    }
  }
  await rotateSignals(db);
  return { ended, deleted };
}

/** Runs {@link cleanUp} now and then until stopped; a failed round is reported and the next one tried. */
export function startCleanUp(
  deps: Pick<BindingDeps, 'db' | 'lifetimes'>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  return repeat(async () => await cleanUp(deps), EVERY_MS, onError);
}
