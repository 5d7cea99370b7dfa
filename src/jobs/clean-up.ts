import { deleteOldCeremonies } from '../accounts/ceremonies.store.ts';
import { deleteOldCodes } from '../accounts/contacts.store.ts';
import { deleteOldSandboxMessages } from '../accounts/sandbox-messages.store.ts';
import { deleteOldApprovalSessions } from '../binding/approval-sessions.store.ts';
import type { BindingDeps } from '../binding/deps.ts';
import { endOverdueRequests } from '../binding/end-overdue-requests.ts';
import { deleteOldNonces as deleteOldCallbackNonces } from '../evidence/provider/nonces.store.ts';
import { deleteOldConfirmationCodes } from '../evidence/submissions/confirmations.store.ts';
import { deleteExpired } from '../oidc/artifacts.store.ts';
import { deleteOldKeys, deleteOldNonces } from '../risk/device-keys.store.ts';
import { rotateSignals } from '../risk/signals.store.ts';
import { deleteOldCounters } from '../store/rate-limits.ts';
import { deleteOldTickets } from '../upstream/tickets.store.ts';
import { deleteOldFailures } from './pools.store.ts';

/** How many rows one statement deletes, and how many requests one round ends. */
export const BATCH = 500;
/** The most batches in one run. Several runs share a backlog, so that none is long. */
const MOST_BATCHES = 20;

/** Deletes expired rows once, in batches. `more` is true if a backlog is left. */
export async function deleteExpiredRows(
  deps: Pick<BindingDeps, 'db' | 'lifetimes'>,
): Promise<{ readonly deleted: number; readonly more: boolean }> {
  let deleted = 0;
  let more = false;
  const { db } = deps;
  const batches = [
    async () => await deleteExpired(deps, BATCH),
    async () => await deleteOldApprovalSessions(deps, BATCH),
    async () => await deleteOldCounters(db, BATCH),
    async () => await deleteOldCeremonies(db, BATCH),
    async () => await deleteOldCodes(db, BATCH),
    async () => await deleteOldSandboxMessages(db, BATCH),
    async () => await deleteOldNonces(db, BATCH),
    async () => await deleteOldKeys(deps, BATCH),
    async () => await deleteOldCallbackNonces(deps, BATCH),
    async () => await deleteOldConfirmationCodes(db, BATCH),
    async () => await deleteOldTickets(db, BATCH),
    async () => await deleteOldFailures(deps, BATCH),
  ];
  for (const deleteBatch of batches) {
    let gone = BATCH;
    for (let batch = 0; batch < MOST_BATCHES && gone >= BATCH; batch += 1) {
      gone = await deleteBatch();
      deleted += gone;
    }
    more ||= gone >= BATCH;
  }
  await rotateSignals(deps);
  return { deleted, more };
}

/** Runs both once, for the operator's command. */
export async function cleanUp(
  deps: Pick<BindingDeps, 'db' | 'lifetimes'>,
): Promise<{ readonly ended: number; readonly deleted: number }> {
  const ended = await endOverdueRequests(deps, BATCH);
  return { ended, deleted: (await deleteExpiredRows(deps)).deleted };
}
