import { type AccountSummary, summaryOf } from '../accounts/account.ts';
import { findAccounts } from '../accounts/accounts.store.ts';
import type { AccountId, BindingId, BindingRequestId } from '../kernel/ids.ts';
import { ok, type RefusalCode, type Result, refuse } from '../kernel/refusals.ts';
import { secondsUntil } from '../kernel/time.ts';
import { inheritedPermissions } from '../permissions/permissions.ts';
import type { Pack } from '../policy/pack.ts';
import type { Asked, Proofs } from '../policy/step-up.ts';
import { flowsOf, type NamedFlow } from '../policy/sync-rules.ts';
import type { Visitor } from '../risk/device.ts';
import { isFresh } from './approval-session.ts';
import {
  type ApprovalContext,
  type ApprovalSessionKey,
  type ApprovalSessionPage,
  findApprovalSessionPage,
} from './approval-session-page.store.ts';
import { type App, findApp } from './apps.store.ts';
import type { RequestState, Role, Side } from './binding-request.ts';
import { countSlots } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import { effectiveState } from './effective-state.ts';
import { packOf } from './request-pack.ts';
import type { StoredRequest } from './request-row.ts';

/** What the hosted pages show of a binding request. Both sides may see all of it. */
export interface RequestView {
  readonly id: BindingRequestId;
  readonly state: RequestState;
  readonly refusal: RefusalCode | null;
  readonly because: 'time' | 'wrong_codes' | 'withdrawn' | null;
  /** The initiator's role; the counterparty has the opposite one. */
  readonly role: Role;
  readonly channel: 'browser' | 'back_channel';
  readonly app: App;
  readonly pack: { readonly id: string; readonly title: Pack['title'] };
  readonly initiator: AccountSummary | null;
  readonly counterparty: AccountSummary | null;
  readonly initiatorDevice: { readonly label: string; readonly network: string } | null;
  /** Basic permissions that the binding inherits at once (R16). */
  readonly actions: readonly string[];
  readonly privileges: readonly string[];
  readonly flows: readonly NamedFlow[];
  /** The primary's slots (R2), once it is known who the primary is or would be. */
  readonly slots: { readonly used: number; readonly limit: number | null } | null;
  readonly codeExpiresIn: number | null;
  readonly reviewDue: Date | null;
  /** What the two sides have to prove beside their passwords, and for how long. */
  readonly proving: {
    readonly asked: Asked;
    readonly proofs: Proofs;
    readonly secondsLeft: number;
    readonly factorDays: number;
  } | null;
  readonly interactionUid: string | null;
  readonly bindingId: BindingId | null;
  readonly loginHint: string | null;
  readonly uiLocales: string | null;
  /** True in the browser that started it. */
  readonly startedHere: boolean;
}

export interface ApprovalSessionView {
  readonly approvalSession: {
    readonly id: string;
    readonly side: Side;
    readonly account: AccountSummary | null;
    readonly fresh: boolean;
  };
  readonly request: RequestView;
}

/** A request without an approval session. */
export async function describeRequest(
  deps: BindingDeps,
  stored: StoredRequest,
  visitor: Visitor,
): Promise<RequestView> {
  const ids = [stored.initiatorId, stored.counterpartyId].filter((id) => id !== null);
  const primary = stored.role === 'primary' ? stored.initiatorId : stored.counterpartyId;
  const [pack, app, accounts, used] = await Promise.all([
    packOf(deps, stored, deps.db),
    findApp(deps.db, stored.clientId),
    findAccounts(deps.db, ids),
    primary && countSlots(deps.db, primary, stored.pack),
  ]);
  const summaries = new Map([...accounts].map(([id, account]) => [id, summaryOf(account)]));
  return viewOf(
    pack,
    {
      stored,
      beside: { app, accounts: summaries, slots: primary && { primary, used: used ?? 0 } },
    },
    visitor,
  );
}

function viewOf(
  pack: Pack,
  { stored, beside }: Omit<ApprovalSessionPage, 'approvalSession'>,
  visitor: Visitor,
): RequestView {
  const request = effectiveState(stored, stored.now);
  return {
    id: stored.id,
    state: request.state,
    refusal: request.state === 'refused' ? request.refusal : null,
    because: request.state === 'expired' ? request.because : null,
    role: stored.role,
    channel: stored.channel,
    app: beside.app,
    pack: { id: pack.id, title: pack.title },
    initiator: accountIn(beside, stored.initiatorId),
    counterparty: accountIn(beside, stored.counterpartyId),
    initiatorDevice: stored.initiatorDevice && {
      label: stored.initiatorDevice.label,
      network: stored.initiatorDevice.network,
    },
    actions: inheritedPermissions(pack),
    privileges: stored.details.privileges,
    flows: flowsOf(pack, stored.details.datatypes),
    slots: slotsIn(beside, pack),
    codeExpiresIn: request.state === 'offered' ? secondsUntil(stored.expiresAt, stored.now) : null,
    proving:
      request.state === 'proving'
        ? {
            asked: request.asked,
            proofs: request.proofs,
            secondsLeft: secondsUntil(request.until, stored.now),
            factorDays: pack.stepUp.factorDays,
          }
        : null,
    reviewDue: request.state === 'in_review' ? request.due : null,
    interactionUid: stored.interactionUid,
    bindingId: stored.bindingId,
    loginHint: stored.loginHint,
    uiLocales: stored.uiLocales,
    startedHere: stored.initiatorBrowser?.equals(visitor.browser) ?? false,
  };
}

function accountIn({ accounts }: ApprovalContext, id: AccountId | null): AccountSummary | null {
  return (id !== null && accounts.get(id)) || null;
}

function slotsIn({ accounts, slots }: ApprovalContext, pack: Pack): RequestView['slots'] {
  const primary = slots && accounts.get(slots.primary);
  return primary ? { used: slots.used, limit: pack.limits[primary.kind] } : null;
}

/** An approval session and its request, for this browser. */
export async function viewApprovalSession(
  deps: BindingDeps,
  { visitor, ...which }: ApprovalSessionKey & { readonly visitor: Visitor },
): Promise<Result<ApprovalSessionView, 'unknown_approval_session'>> {
  const seen = await findApprovalSessionPage(deps.db, which, visitor.browser);
  if (!seen) return refuse('unknown_approval_session', 'BIND-7V0');
  const { approvalSession, stored, beside } = seen;
  const pack = await packOf(deps, stored, deps.db);
  return ok({
    approvalSession: {
      id: approvalSession.id,
      side: approvalSession.side,
      account: accountIn(beside, approvalSession.accountId),
      fresh: isFresh(approvalSession, pack),
    },
    request: viewOf(pack, seen, visitor),
  });
}

/** The request that an authorization interaction opened, for the browser that opened it. */
export async function requestOfInteraction(
  deps: BindingDeps,
  { interactionUid, visitor }: { readonly interactionUid: string; readonly visitor: Visitor },
): Promise<{ readonly approvalSessionId: string; readonly request: RequestView } | undefined> {
  const seen = await viewApprovalSession(deps, { interactionUid, visitor });
  return seen.ok
    ? { approvalSessionId: seen.value.approvalSession.id, request: seen.value.request }
    : undefined;
}
