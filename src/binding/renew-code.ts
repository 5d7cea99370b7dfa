import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { lockApprovalSession } from './approval-sessions.store.ts';
import type { BindingDeps } from './deps.ts';
import { hasLapsed } from './effective-state.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { issueCode, type ShownCode } from './live-code.ts';
import { packOf } from './request-pack.ts';
import { saveCode } from './requests.store.ts';

/**
 * A new code for the initiator's page. The old one is dead at once; wrong codes stay counted (R7).
 */
export async function renewCode(
  deps: BindingDeps,
  { approvalSessionId, visitor }: { readonly approvalSessionId: string; readonly visitor: Visitor },
): Promise<Result<ShownCode, 'unknown_approval_session' | 'request_over'>> {
  return await deps.db.transaction(async (tx) => {
    const locked = await lockApprovalSession(tx, approvalSessionId, visitor.browser);
    if (locked?.approvalSession.side !== 'initiator' || locked.approvalSession.accountId === null)
      return refuse('unknown_approval_session', 'BIND-8N0');
    const { approvalSession, stored } = locked;
    if (hasLapsed(stored)) return refuse('request_over', 'BIND-8N1');
    const handled = await handleRequestCommand(
      tx,
      stored,
      { type: 'renew_code', by: approvalSession.side },
      { actor: approvalSession.accountId, lifetimes: deps.lifetimes },
    );
    if (!handled.ok) return refuse('request_over', handled.refusal.site);
    const { shown, live } = issueCode(deps.secrets, await packOf(deps, stored, tx));
    await saveCode(tx, stored.id, live);
    return ok(shown);
  });
}
