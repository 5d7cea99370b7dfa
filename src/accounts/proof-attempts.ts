import type { AccountId } from '../kernel/ids.ts';
import { type Result, refuse } from '../kernel/refusals.ts';
import { consume, reward } from '../store/rate-limits.ts';
import type { FactorDeps } from './deps.ts';
import type { FactorProof, ProofRefusal } from './factor.ts';

/**
 * Counts an attempt before the proof is checked, and gives it back if the proof is right. So a
 * thousand guesses at once cannot pass the limit. All devices and both kinds of factor share one
 * budget per account.
 */
export async function attempt(
  { db, limits }: Pick<FactorDeps, 'db' | 'limits'>,
  account: AccountId,
  prove: () => Promise<Result<FactorProof, ProofRefusal>>,
): Promise<Result<FactorProof, ProofRefusal>> {
  const consumptions = [
    { limiter: limits.proofs, key: account },
    { limiter: limits.proofsByDay, key: account },
  ] as const;
  const spent = await consume(db, consumptions);
  if (spent) return refuse('too_many_attempts', 'ACC-3P0', { limiter: spent.name });
  const proved = await prove();
  if (proved.ok) await reward(db, consumptions);
  return proved;
}
