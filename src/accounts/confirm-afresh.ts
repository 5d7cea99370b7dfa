import { ok, type Result, recoded, refuse } from '../kernel/refusals.ts';
import { type Change, type ChangeRefusal, confirmChange } from './confirm-change.ts';
import type { FactorDeps } from './deps.ts';
import { provePasskey } from './prove-passkey.ts';

/**
 * Like {@link confirmChange}. But where no password is sent, a passkey is enough, which is two
 * factors: people of a platform have no password here. `passkeyOnly`: no password counts.
 */
export async function confirmAfresh(
  deps: FactorDeps,
  { passkeyOnly, ...change }: Change & { readonly passkeyOnly: boolean },
): Promise<Result<void, ChangeRefusal>> {
  if (!passkeyOnly && change.password !== '') return await confirmChange(deps, change);
  const { account, purpose, proof } = change;
  if (!proof.passkey) return refuse('proof_missing', 'ACC-4C1');
  const proved = await provePasskey(deps, { account, purpose, response: proof.passkey });
  if (proved.ok) return ok(undefined);
  const { code } = proved.refusal;
  const told = code === 'too_many_attempts' ? 'too_many_proofs' : code;
  return { ok: false, refusal: recoded(proved.refusal, told) };
}
