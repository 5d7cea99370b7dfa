import { appendAudit } from '../audit/audit-log.store.ts';
import type { AccountId, FactorId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { LOCAL_PLATFORM } from './account.ts';
import { lockAccounts } from './accounts.store.ts';
import { endCeremonies } from './ceremonies.store.ts';
import { type ChangeRefusal, confirmChange } from './confirm-change.ts';
import type { FactorDeps } from './deps.ts';
import type { SentProof } from './factor.ts';
import { deleteFactor, deleteFactors, findFactors, findPasskeys } from './factors.store.ts';
import { hasNoPassword } from './own-account.store.ts';
import { recordFactorChange } from './record-factor-change.ts';

/** The purpose of the proof that is needed to remove one factor. */
export function removal(factor: FactorId): string {
  return `security:remove:${factor}`;
}

export interface Removal {
  readonly account: AccountId;
  readonly factor: FactorId;
  readonly password: string;
  readonly proof: SentProof;
}

/** Removes one factor after a proof by any of them: that one, or one that is not lost. */
export async function removeFactor(
  deps: FactorDeps,
  { account, factor, password, proof }: Removal,
): Promise<Result<void, ChangeRefusal | 'unknown_factor' | 'last_passkey'>> {
  const confirmed = await confirmChange(deps, {
    account,
    password,
    proof,
    purpose: removal(factor),
  });
  if (!confirmed.ok) return confirmed;
  return await deps.db.transaction(async (tx) => {
    const locked = (await lockAccounts(tx, [account])).get(account);
    const others = (await findPasskeys(tx, account)).filter(({ id }) => id !== factor);
    // An account of our own without a password is entered by passkey only.
    if (
      locked?.platform === LOCAL_PLATFORM &&
      others.length === 0 &&
      (await hasNoPassword(tx, account))
    )
      return refuse('last_passkey', 'ACC-5R1');
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
 * Removes all factors of someone who lost them. An operator does it, who has checked elsewhere who
 * they are. The account gets a notice, so that an owner who did not ask learns of it. Returns how
 * many there were.
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
