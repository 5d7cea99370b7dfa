import type { AccountId } from '../kernel/ids.ts';
import { ok, type Result, recoded, refuse } from '../kernel/refusals.ts';
import { confirmPassword, type PasswordRefusal } from './confirm-password.ts';
import type { FactorDeps } from './deps.ts';
import type { ProofRefusal, SentProof } from './factor.ts';
import { findFactors } from './factors.store.ts';
import { hasNoPassword } from './own-account.store.ts';
import { provePasskey } from './prove-passkey.ts';
import { proveTotp } from './prove-totp.ts';

export type ChangeRefusal =
  | PasswordRefusal
  | Exclude<ProofRefusal, 'too_many_attempts'>
  | 'too_many_proofs'
  | 'proof_missing';

export interface Change {
  readonly account: AccountId;
  readonly password: string;
  readonly proof: SentProof;
  /** What the proof is for. A proof for another change is refused. */
  readonly purpose: string;
}

/**
 * An open session is not enough to change factors. The password is asked for again, and a proof by
 * a factor if the account has one. Otherwise whoever learns a password could enrol a factor of
 * their own. An account without a password proves itself by a passkey, which is two factors.
 */
export async function confirmChange(
  deps: FactorDeps,
  { account, password, proof, purpose }: Change,
): Promise<Result<void, ChangeRefusal>> {
  const byPasskey = await hasNoPassword(deps.db, account);
  if (!byPasskey) {
    const { db, limits } = deps;
    const confirmed = await confirmPassword(
      { db, limiter: limits.passwords },
      { account, password },
    );
    if (!confirmed.ok) return confirmed;
    if ((await findFactors(db, account)).length === 0) return ok(undefined);
  }
  const proved = proof.passkey
    ? await provePasskey(deps, { account, purpose, response: proof.passkey })
    : proof.code && !byPasskey
      ? await proveTotp(deps, { account, purpose, code: proof.code })
      : refuse('proof_missing', 'ACC-4C0');
  if (proved.ok) return ok(undefined);
  const { code } = proved.refusal;
  const told = code === 'too_many_attempts' ? 'too_many_proofs' : code;
  return { ok: false, refusal: recoded(proved.refusal, told) };
}
