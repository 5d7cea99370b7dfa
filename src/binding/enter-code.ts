import { appendAudit } from '../audit/audit-log.store.ts';
import type { BindingRequestId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { type Consumption, consume, reward } from '../store/rate-limits.ts';
import { openByCode } from './approval-sessions.store.ts';
import { parseCode } from './code.ts';
import type { BindingDeps } from './deps.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { hashesOf } from './live-code.ts';
import { packOf } from './request-pack.ts';
import { findGuessedRequests, findRequestByCode, lockRequest } from './requests.store.ts';

export type EnterCodeRefusal = 'malformed_code' | 'wrong_code' | 'too_many_codes';

/**
 * The counterparty types the code. A wrong code counts against the address, the browser, and each
 * live request that it may be meant for: one with an equal half, or one started in this browser.
 * The pack's last wrong code ends the request (docs/protocol.md#approval). A browser without
 * attempts left also ends the request whose right code it finds: a sixth guess never binds.
 */
export async function enterCode(
  deps: BindingDeps,
  { typed, visitor }: { readonly typed: unknown; readonly visitor: Visitor },
): Promise<Result<{ readonly approvalSessionId: string }, EnterCodeRefusal>> {
  const code = parseCode(typed);
  if (!code.ok) return code;
  const { codesByAddress, codesByBrowser } = deps.limits;
  const consumptions: readonly Consumption[] = [
    { limiter: codesByAddress, key: visitor.address },
    { limiter: codesByBrowser, key: visitor.browser.toString('base64url') },
  ];
  const spent = await consume(deps.db, consumptions);
  if (spent === codesByAddress) return refuse('too_many_codes', 'BIND-9E0');

  const hashes = hashesOf(deps.secrets, code.value);
  if (!spent) {
    const approvalSessionId = await openByCode(deps.db, {
      codeHash: hashes.codeHash,
      browser: visitor.browser,
      lifetimeSeconds: deps.lifetimes.binding.approvalSession,
    });
    if (approvalSessionId) {
      await reward(deps.db, consumptions);
      return ok({ approvalSessionId });
    }
  }
  const found = spent && (await findRequestByCode(deps.db, hashes.codeHash));
  if (found) await endGuessed(deps, found.id);
  else
    await countWrongCode(
      deps,
      await findGuessedRequests(deps.db, hashes.leftHash, hashes.rightHash, visitor.browser),
    );
  return spent ? refuse('too_many_codes', 'BIND-9E2') : refuse('wrong_code', 'BIND-9E1');
}

async function countWrongCode(
  deps: BindingDeps,
  requests: readonly BindingRequestId[],
): Promise<void> {
  for (const id of requests) {
    await deps.db.transaction(async (tx) => {
      const stored = await lockRequest(tx, id);
      const allowed = (await packOf(deps, stored, tx)).code.wrongCodes;
      await handleRequestCommand(
        tx,
        stored,
        { type: 'wrong_code', allowed },
        { actor: null, lifetimes: deps.lifetimes },
      );
    });
  }
}

async function endGuessed(deps: BindingDeps, id: BindingRequestId): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const stored = await lockRequest(tx, id);
    const handled = await handleRequestCommand(
      tx,
      stored,
      { type: 'wrong_code', allowed: 1 },
      { actor: null, lifetimes: deps.lifetimes },
    );
    if (handled.ok)
      await appendAudit(tx, { action: 'binding-request.guessed', subject: id, actor: null });
  });
}
