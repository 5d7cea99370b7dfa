import { findAccount } from '../accounts/accounts.store.ts';
import { holdsRole } from '../accounts/role.ts';
import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Database } from '../store/database.ts';
import {
  countOpen,
  findLate,
  type LateCase,
  markLate,
  type OpenCount,
} from './escalations.store.ts';

const BATCH = 200;
const MOST = 200;

/** Marks cases that are late, each once, so that operators see them (R4, R23). */
export async function escalateLate({ db }: { readonly db: Database }): Promise<number> {
  return await db.transaction(async (tx) => {
    const late = await markLate(tx, BATCH);
    for (const { id, dueAt } of late)
      await appendAudit(tx, {
        action: 'case.escalated',
        subject: id,
        actor: 'system',
        detail: { due: dueAt },
      });
    return late.length;
  });
}

export interface Escalated {
  readonly cases: readonly LateCase[];
  readonly counts: readonly OpenCount[];
}

/**
 * Late cases, the longest first, and how many are open of each kind. Nothing tells whose they are.
 */
export async function findEscalated(
  { db }: { readonly db: Database },
  { operator }: { readonly operator: AccountId },
): Promise<Result<Escalated, 'not_an_operator'>> {
  const account = await findAccount(db, operator);
  if (!holdsRole(account, 'operator', 'auditor')) return refuse('not_an_operator', 'REV-2L0');
  return ok({ cases: await findLate(db, MOST), counts: await countOpen(db) });
}
