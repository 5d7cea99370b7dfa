import { appendAudit } from '../audit/audit-log.store.ts';
import type { BindingRequestId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { type Consumptions, consume, reward } from '../store/rate-limits.ts';
import { openByCode } from './approval-sessions.store.ts';
import { parseCode } from './code.ts';
import type { BindingDeps } from './deps.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { hashesOf } from './live-code.ts';
import { findGuessedRequests, findRequestByCode, lockRequest } from './requests.store.ts';
import { packOf } from './view-request.ts';

export type EnterCodeRefusal = 'malformed_code' | 'wrong_code' | 'too_many_codes';

/**
 * The other side types the code. Every well-formed wrong code is booked three times: against the address, against the
 * browser, and against each live request it is about (one right half, or started in this very browser), wherever the
 * guesses come from; the pack's fifth ends the request (docs/protocol.md#approval). A browser that has used up its guesses and then
 * finds a right code ends that request too: a sixth guess never binds.
 */
export async function enterCode(
  deps: BindingDeps,
  { typed, visitor }: { readonly typed: unknown; readonly visitor: Visitor },
): Promise<Result<{ readonly approvalSessionId: string }, EnterCodeRefusal>> {
  const code = parseCode(typed);
  if (!code.ok) return code;
  const { codesByAddress, codesByBrowser } = deps.limits;
  const consumptions: Consumptions = [
    { limiter: codesByAddress, key: visitor.address },
    { limiter: codesByBrowser, key: visitor.browser.toString('base64url') },
  ];
  const spent = await consume(deps.db, consumptions);
  if (spent === codesByAddress) return refuse('too_many_codes', 'BIND-9E0');

  const hashes = hashesOf(deps.secrets, code.value);
  if (!spent) {
    const approvalSessionId = await openByCode(deps.db, hashes.codeHash, visitor.browser);
    if (approvalSessionId) {
      await reward(deps.db, consumptions);
      return ok({ approvalSessionId });
    }
  }
  const found = spent && (await findRequestByCode(deps.db, hashes.codeHash));
  if (found) await endGuessed(deps, found.id);
  else
    await bookWrongCode(
      deps,
      await findGuessedRequests(deps.db, hashes.leftHash, hashes.rightHash, visitor.browser),
    );
  return spent ? refuse('too_many_codes', 'BIND-9E2') : refuse('wrong_code', 'BIND-9E1');
}

async function bookWrongCode(
  deps: BindingDeps,
  requests: readonly BindingRequestId[],
): Promise<void> {
  for (const id of requests) {
    await deps.db.transaction(async (tx) => {
      const stored = await lockRequest(tx, id);
      const allowed = (await packOf(deps, stored, tx)).code.wrongCodes;
      await handleRequestCommand(tx, stored, { type: 'wrong_code', allowed }, { actor: null });
    });
  }
}

async function endGuessed(deps: BindingDeps, id: BindingRequestId): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const stored = await lockRequest(tx, id);
    await appendAudit(tx, { action: 'binding-request.guessed', subject: id, actor: null });
    await handleRequestCommand(tx, stored, { type: 'wrong_code', allowed: 1 }, { actor: null });
  });
}
