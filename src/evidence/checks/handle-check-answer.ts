import { findAccount } from '../../accounts/accounts.store.ts';
import { appendAudit } from '../../audit/audit-log.store.ts';
import { handleRequestCommand } from '../../binding/handle-request-command.ts';
import { handleProof } from '../../binding/prove-step.ts';
import { packOf } from '../../binding/request-pack.ts';
import { lockRequest } from '../../binding/requests.store.ts';
import type { CheckId } from '../../kernel/ids.ts';
import { ok, type Result, refuse } from '../../kernel/refusals.ts';
import { MINUTE, plusSeconds } from '../../kernel/time.ts';
import type { Tx } from '../../store/database.ts';
import type { EvidenceDeps } from '../deps.ts';
import { scheduleRemovalOfCheck } from '../pieces/documents.store.ts';
import { rememberNonce } from '../provider/nonces.store.ts';
import type { Answer, CheckResult } from '../provider/verification-provider.ts';
import { type Check, endCheck, findCheck } from './checks.store.ts';

type Deps = Pick<EvidenceDeps, 'db' | 'policy'>;

export function isOfCheck({ id }: Pick<Answer, 'id'>): boolean {
  return id.startsWith('chk_');
}

/**
 * Handles a provider's answer about a face. A callback brings a nonce, a direct answer does not. It
 * may come twice or too late.
 */
export async function receiveCheckAnswer(
  deps: Deps,
  { answer, nonce }: { readonly answer: Answer; readonly nonce?: string },
): Promise<Result<{ readonly applied: boolean }, 'replayed' | 'unknown_evidence'>> {
  return await deps.db.transaction(
    async (tx): Promise<Result<{ readonly applied: boolean }, 'replayed' | 'unknown_evidence'>> => {
      if (nonce !== undefined && !(await rememberNonce(tx, nonce)))
        return refuse('replayed', 'EVI-CK0');
      const check = await findCheck(tx, answer.id);
      if (!check) return refuse('unknown_evidence', 'EVI-CK1');
      // not an answer to this question
      if (answer.result === 'sent' || answer.result === 'bounced') return ok({ applied: false });
      return ok({ applied: await handleCheckCommand(tx, deps, check, answer.result) });
    },
  );
}

/** The provider could not be asked or did not answer. It counts as a failed check. */
export async function failCheck(deps: Deps, id: CheckId): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const check = await findCheck(tx, id);
    if (check) await handleCheckCommand(tx, deps, check, 'undecided');
  });
}

/** Drops a check that nobody waits for. Its picture is removed. */
export async function dropCheck({ db }: Pick<Deps, 'db'>, id: CheckId): Promise<void> {
  await db.transaction(async (tx) => {
    if (await endCheck(tx, id, 'moot')) await scheduleRemovalOfCheck(tx, id);
  });
}

/**
 * The request is locked before its check. A match is a proof of that side, if the account still has
 * that owner. Otherwise the side gets the full time again, for another try or another proof. The
 * picture is removed in both cases.
 */
async function handleCheckCommand(
  tx: Tx,
  { policy }: Deps,
  check: Check,
  result: CheckResult,
): Promise<boolean> {
  const stored = await lockRequest(tx, check.requestId);
  const passed =
    result === 'match' && (await findAccount(tx, check.accountId))?.ownerId === check.ownerId;
  if (!(await endCheck(tx, check.id, passed ? 'passed' : 'failed'))) return false;
  await scheduleRemovalOfCheck(tx, check.id);
  const detail = { request: stored.id, side: check.side, result };
  await appendAudit(tx, {
    action: `identity-check.${passed ? 'passed' : 'failed'}`,
    subject: check.id,
    actor: 'provider',
    detail,
  });
  if (passed) {
    const proof = { by: 'identity_check', at: stored.now } as const;
    return (await handleProof(tx, policy, { stored, side: check.side, proof, actor: 'provider' }))
      .ok;
  }
  if (stored.request.state !== 'proving') return true;
  const until = plusSeconds(stored.now, (await packOf(policy, stored, tx)).stepUp.minutes * MINUTE);
  return (
    await handleRequestCommand(
      tx,
      stored,
      { type: 'await_check', until },
      { actor: 'provider', lifetimes: policy.lifetimes },
    )
  ).ok;
}
