import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId, CaseId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { ReviewDeps } from './deps.ts';
import { findReviewer } from './find-reviewer.ts';
import {
  countQueue,
  findQueue,
  type QueueCounts,
  type QueuedCase,
  type QueueFilter,
} from './queue.store.ts';

export interface Queue {
  readonly cases: readonly QueuedCase[];
  readonly counts: QueueCounts;
  /** The `after` of the next page; null: there is none. */
  readonly next: CaseId | null;
}

const PAGE = 50;

/** The queue, by deadline. Each request for it is audited (R23). */
export async function openCases(
  { db }: Pick<ReviewDeps, 'db'>,
  {
    reviewer,
    filter = {},
    after,
  }: {
    readonly reviewer: AccountId;
    readonly filter?: QueueFilter;
    readonly after?: string | undefined;
  },
): Promise<Result<Queue, 'not_a_reviewer'>> {
  const who = await findReviewer(db, reviewer);
  if (!who) return refuse('not_a_reviewer', 'REV-1Q0');
  const found = await findQueue(db, who, { filter, after: after ?? null, most: PAGE + 1 });
  const cases = found.slice(0, PAGE);
  const counts = await countQueue(db, who);
  const detail = { filter, after: after ?? null, cases: cases.length };
  await db.transaction((tx) =>
    appendAudit(tx, { action: 'queue.viewed', subject: 'review', actor: who.id, detail }),
  );
  return ok({ cases, counts, next: found.length > PAGE ? (cases.at(-1)?.id ?? null) : null });
}
