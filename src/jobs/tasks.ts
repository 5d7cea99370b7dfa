import { secondsToNextMessage } from '../accounts/messages.store.ts';
import { type MessageDeps, sendMessages } from '../accounts/send-messages.ts';
import { endOverdueRequests } from '../binding/end-overdue-requests.ts';
import { secondsToNextOverdue } from '../binding/requests.store.ts';
import { secondsToNextUnconfirmed } from '../binding/taken-bindings.store.ts';
import { countBoard } from '../board/count-board.ts';
import type { Config } from '../config.ts';
import { secondsToNextCheck } from '../evidence/checks/checks.store.ts';
import { processChecks } from '../evidence/checks/process-checks.ts';
import { secondsToNextLapse } from '../evidence/deposits/deposits.store.ts';
import { lapseDeposits } from '../evidence/deposits/handle-deposit-command.ts';
import type { EvidenceDeps } from '../evidence/deps.ts';
import { secondsToNextRemoval } from '../evidence/pieces/documents.store.ts';
import { secondsToNextRunOut } from '../evidence/pieces/evidence.store.ts';
import { ROUND } from '../evidence/pieces/handle-each.ts';
import { sweepDocuments } from '../evidence/pieces/remove-documents.ts';
import { missSignings } from '../evidence/signings/handle-signing-command.ts';
import { secondsToNextMiss } from '../evidence/signings/signings.store.ts';
import { expireEvidence } from '../evidence/submissions/invalidate-evidence.ts';
import { secondsToNextSubmission } from '../evidence/submissions/submissions.store.ts';
import { submitPendingEvidence } from '../evidence/submissions/submit-pending-evidence.ts';
import { suspendUnconfirmed } from '../provisioning/confirm-binding.ts';
import { escalateLate } from '../review/escalate.ts';
import { secondsToNextLate } from '../review/escalations.store.ts';
import type { Database } from '../store/database.ts';
import type { Task } from '../store/jobs.store.ts';
import { BATCH, deleteExpiredRows } from './clean-up.ts';
import { freeAbandoned } from './pools.store.ts';
import { rotateRecords } from './rotate-records.ts';

export interface JobDeps {
  readonly db: Database;
  readonly evidence: EvidenceDeps;
  readonly messages: MessageDeps;
  readonly lifetimes: Config['lifetimes'];
  readonly recordMonths: Config['recordMonths'];
}

/**
 * One run of a task. It handles what is due, in batches, and may be interrupted and repeated at any
 * point. Returns the seconds until more is due (0: a batch was full), or undefined if there is
 * nothing more. `onError` receives errors of single items.
 */
export type Sweep = (
  deps: JobDeps,
  onError: (error: unknown) => void,
) => Promise<number | undefined>;

/** All tasks. docs/architecture.md says when and why each runs. */
export const SWEEPS: Readonly<Record<Task, Sweep>> = {
  'free-abandoned-jobs': async ({ db }) => {
    await freeAbandoned(db);
    return undefined;
  },
  'ask-provider': async ({ db, evidence }, onError) => {
    await submitPendingEvidence(evidence, onError);
    return await secondsToNextSubmission(db);
  },
  'check-faces': async ({ db, evidence }, onError) => {
    await processChecks(evidence, onError);
    return await secondsToNextCheck(db);
  },
  'send-messages': async ({ db, messages }, onError) => {
    await sendMessages(messages, onError);
    return await secondsToNextMessage(db);
  },
  'end-overdue-requests': async ({ db, lifetimes }) => {
    const ended = await endOverdueRequests({ db, lifetimes }, BATCH);
    return ended >= BATCH ? 0 : await secondsToNextOverdue(db);
  },
  'enforce-deadlines': async ({ db, lifetimes }) => {
    const handled = [
      await expireEvidence({ db, lifetimes }),
      await lapseDeposits({ db, lifetimes }),
      await missSignings({ db, lifetimes }),
      await suspendUnconfirmed({ db }),
    ];
    if (handled.some((count) => count >= ROUND)) return 0;
    const next = [
      await secondsToNextRunOut(db),
      await secondsToNextLapse(db),
      await secondsToNextMiss(db, lifetimes.evidence.signing),
      await secondsToNextUnconfirmed(db),
    ];
    return least(next);
  },
  'remove-documents': async ({ db, evidence }, onError) => {
    await sweepDocuments(evidence, onError);
    return await secondsToNextRemoval(db);
  },
  'escalate-late-cases': async ({ db }) => {
    await escalateLate({ db });
    return await secondsToNextLate(db);
  },
  'count-board': async ({ db }) => {
    await countBoard(db);
    return undefined;
  },
  'delete-expired-rows': async ({ db, lifetimes }) => {
    const { more } = await deleteExpiredRows({ db, lifetimes });
    return more ? 0 : undefined;
  },
  'rotate-records': async ({ db, recordMonths }) => {
    await rotateRecords(db, recordMonths);
    return undefined;
  },
};

function least(seconds: readonly (number | undefined)[]): number | undefined {
  const known = seconds.filter((each) => each !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
