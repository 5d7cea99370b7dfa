import { appendAudit } from '../audit/audit-log.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { lockApprovalSession } from './approval-sessions.store.ts';
import type { BindingDeps } from './deps.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { issueCode, type ShownCode } from './live-code.ts';
import { saveCode } from './requests.store.ts';
import { isOver, packOf } from './view-request.ts';

/** A new code for the initiator's page; the one before is dead at once, wrong guesses stay counted (R7). */
export async function renewCode(
  deps: BindingDeps,
  { approvalSessionId, visitor }: { readonly approvalSessionId: string; readonly visitor: Visitor },
): Promise<Result<ShownCode, 'unknown_approval_session' | 'request_over'>> {
  return await deps.db.transaction(async (tx) => {
    const seated = await lockApprovalSession(tx, approvalSessionId, visitor.browser);
    if (seated?.approvalSession.side !== 'initiator' || seated.approvalSession.accountId === null)
      return refuse('unknown_approval_session', 'BIND-8N0');
    const { approvalSession, stored } = seated;
    if (isOver(stored)) return refuse('request_over', 'BIND-8N1');
    const applied = await handleRequestCommand(
      tx,
      stored,
      { type: 'renew_code', by: approvalSession.side },
      { actor: approvalSession.accountId },
    );
    if (!applied.ok) return refuse('request_over', applied.refusal.site);
    const { shown, live } = issueCode(deps.secrets, await packOf(deps, stored, tx));
    await saveCode(tx, stored.id, live);
    await appendAudit(tx, {
      action: 'binding-request.code-renewed',
      subject: stored.id,
      actor: approvalSession.accountId,
    });
    return ok(shown);
  });
}
