import type { AccountSummary } from '../accounts/account.ts';
import {
  type Authenticated,
  type AuthenticationDeps,
  type AuthenticationRefusal,
  authenticate,
  type Credentials,
} from '../accounts/authenticate.ts';
import { auditStatements } from '../audit/audit-log.store.ts';
import type { FactorId } from '../kernel/ids.ts';
import { ok, type Result, recoded, refuse } from '../kernel/refusals.ts';
import type { Visitor } from '../risk/device.ts';
import { noteVisit } from '../risk/signals.store.ts';
import type { Database } from '../store/database.ts';
import { findApprovalSession, saveSignIn } from './approval-sessions.store.ts';

interface At {
  readonly approvalSessionId: string;
  readonly visitor: Visitor;
}

export type ApprovalSignIn = Credentials & At;

/**
 * A fresh sign-in for one approval session. It does not touch the browser's own session
 * (docs/protocol.md#approval).
 */
export async function signInToApprovalSession(
  deps: AuthenticationDeps,
  { approvalSessionId, visitor, ...credentials }: ApprovalSignIn,
): Promise<
  Result<Authenticated, AuthenticationRefusal | 'unknown_approval_session' | 'same_account'>
> {
  const found = await findApprovalSession(deps.db, approvalSessionId, visitor.browser);
  if (!found) return refuse('unknown_approval_session', 'BIND-7S0');
  const { browser, address } = visitor;
  const entered = await authenticate(deps, { ...credentials, browser, address });
  if (!entered.ok) return entered;
  const { account, passkey } = entered.value;
  const by = passkey ? 'passkey' : 'password';
  const admitted = await admit(deps.db, found, { visitor, account, by, passkey, secondsAgo: 0 });
  if (admitted.ok) return entered;
  const { refusal } = admitted;
  if (refusal.code === 'same_account')
    return { ok: false, refusal: recoded(refusal, refusal.code) };
  const code = passkey ? 'passkey_refused' : 'wrong_credentials';
  return { ok: false, refusal: recoded(refusal, code) };
}

/** Who signed in at the platform, so many seconds ago. */
export interface UpstreamSignIn extends At {
  readonly account: AccountSummary;
  readonly secondsAgo: number;
}

/** A sign-in at the platform, for one approval session: as one by password (R47). */
export async function admitToApprovalSession(
  { db }: { readonly db: Database },
  { approvalSessionId, visitor, account, secondsAgo }: UpstreamSignIn,
): Promise<Result<void, 'unknown_approval_session' | 'same_account' | 'other_account'>> {
  const found = await findApprovalSession(db, approvalSessionId, visitor.browser);
  if (!found) return refuse('unknown_approval_session', 'BIND-7S3');
  return await admit(db, found, { visitor, account, by: 'upstream', passkey: null, secondsAgo });
}

interface Admission extends Omit<UpstreamSignIn, 'approvalSessionId'> {
  readonly by: 'password' | 'passkey' | 'upstream';
  readonly passkey: FactorId | null;
}

async function admit(
  db: Database,
  session: NonNullable<Awaited<ReturnType<typeof findApprovalSession>>>,
  { visitor, account: { id }, by, passkey, secondsAgo }: Admission,
): Promise<Result<void, 'same_account' | 'other_account'>> {
  const { side, initiatorId, counterpartyId, requestId } = session;
  if (side === 'counterparty' && id === initiatorId) return refuse('same_account', 'BIND-7S1');
  // Who has offered or answered stays the same account. Signing in again only renews the sign-in.
  const who = side === 'initiator' ? initiatorId : counterpartyId;
  if (who !== null && id !== who) return refuse('other_account', 'BIND-7S2');
  const action = 'approval-session.signed-in';
  const entry = { action, subject: requestId, actor: id, detail: { side, by } };
  const signIn = { account: id, passkey, secondsAgo };
  await saveSignIn(db, session.id, signIn, auditStatements(entry));
  await noteVisit(db, id, visitor.device);
  return ok(undefined);
}
