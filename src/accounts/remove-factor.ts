import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId, FactorId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { lockAccounts } from './accounts.store.ts';
import { endCeremonies } from './ceremonies.store.ts';
import { type ChangeRefusal, confirmChange } from './confirm-change.ts';
import type { FactorDeps } from './deps.ts';
import type { SentProof } from './factor.ts';
import { deleteFactor, deleteFactors, findFactors } from './factors.store.ts';
import { recordFactorChange } from './record-factor-change.ts';

/** The purpose of the proof that removes one factor. */
export function removal(factor: FactorId): string {
  return `security:remove:${factor}`;
}

export interface Removal {
  readonly account: AccountId;
  readonly factor: FactorId;
  readonly password: string;
  readonly proof: SentProof;
}

/** Removes one factor of whoever proves any of theirs: that one, or the one that was not lost. */
export async function removeFactor(
  deps: FactorDeps,
  { account, factor, password, proof }: Removal,
): Promise<Result<void, ChangeRefusal | 'unknown_factor'>> {
  const confirmed = await confirmChange(deps, {
    account,
    password,
    proof,
    purpose: removal(factor),
  });
  if (!confirmed.ok) return confirmed;
  return await deps.db.transaction(async (tx) => {
    await lockAccounts(tx, [account]);
    const removed = await deleteFactor(tx, account, factor);
    if (!removed) return refuse('unknown_factor', 'ACC-5R0');
    await recordFactorChange(tx, deps, {
      account,
      what: 'factor.removed',
      factor: removed,
      by: account,
    });
    return ok(undefined);
  });
}

export const RESET_REASONS = ['lost', 'stolen', 'other'] as const;
type ResetReason = (typeof RESET_REASONS)[number];

/**
 * The way back for who lost all of theirs: an operator, who has seen elsewhere who they are, removes every factor. The
 * account is told, so that an owner who asked for nothing learns of it. How many there were.
 */
export async function resetFactors(
  deps: Pick<FactorDeps, 'db' | 'tell'>,
  {
    account,
    by,
    reason,
  }: { readonly account: AccountId; readonly by: string; readonly reason: ResetReason },
): Promise<number> {
  return await deps.db.transaction(async (tx) => {
    await lockAccounts(tx, [account]);
    const factors = (await findFactors(tx, account)).map(({ id, kind }) => ({ id, kind }));
    await endCeremonies(tx, account);
    if (factors.length === 0) return 0;
    await deleteFactors(tx, account);
    await appendAudit(tx, {
      action: 'factor.reset',
      subject: account,
      actor: by,
      detail: { factors, reason },
    });
    await deps.tell(tx, { account, what: 'factor.reset', kind: null });
    return factors.length;
  });
}
