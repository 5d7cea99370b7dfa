import {
  type Authenticated,
  type AuthenticationDeps,
  type AuthenticationRefusal,
  authenticate,
  type Credentials,
} from '../accounts/authenticate.ts';
import { auditStatements } from '../audit/audit-log.store.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { noteVisit } from '../risk/signals.store.ts';
import { findApprovalSession, saveSignIn } from './approval-sessions.store.ts';

export interface ApprovalSignIn extends Credentials {
  readonly approvalSessionId: string;
  readonly visitor: Visitor;
}

/** A fresh sign-in for one approval session alone: the browser's own session is neither read nor touched (docs/protocol.md#approval). */
export async function signInToApprovalSession(
  deps: AuthenticationDeps,
  { approvalSessionId, visitor, ...credentials }: ApprovalSignIn,
): Promise<
  Result<Authenticated, AuthenticationRefusal | 'unknown_approval_session' | 'same_account'>
> {
  const approvalSession = await findApprovalSession(deps.db, approvalSessionId, visitor.browser);
  if (!approvalSession) return refuse('unknown_approval_session', 'BIND-7S0');
  const { browser, address } = visitor;
  const entered = await authenticate(deps, { ...credentials, browser, address });
  if (!entered.ok) return entered;
  const { account, passkey } = entered.value;
  const { id } = account;
  if (approvalSession.side === 'counterparty' && id === approvalSession.initiatorId)
    return refuse('same_account', 'BIND-7S1');
  // A initiator who has offered, and another who has answered, stay who they are; signing in anew only refreshes.
  const who =
    approvalSession.side === 'initiator'
      ? approvalSession.initiatorId
      : approvalSession.counterpartyId;
  if (who !== null && id !== who)
    return refuse(passkey ? 'passkey_refused' : 'wrong_credentials', 'BIND-7S2');
  const detail = { side: approvalSession.side, by: passkey ? 'passkey' : 'password' };
  const entry = {
    action: 'approval-session.signed-in',
    subject: approvalSession.requestId,
    actor: id,
    detail,
  };
  await saveSignIn(deps.db, approvalSession.id, { account: id, passkey }, auditStatements(entry));
  await noteVisit(deps.db, id, visitor.device);
  return ok(entered.value);
}
