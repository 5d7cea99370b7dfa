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
import type { Db } from '../store/database.ts';
import {
  type ApprovalContext,
  type ApprovalSessionKey,
  type ApprovalSessionPage,
  findApprovalSessionPage,
} from './approval-session-page.store.ts';
import type { ApprovalSession } from './approval-sessions.store.ts';
import { type App, findApp } from './apps.store.ts';
import type { RequestState, Role, Side } from './binding-request.ts';
import { countSlots } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import type { StoredRequest } from './request-row.ts';

/** What the hosted pages show of a binding request; nothing in it is secret from either side. */
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
  /** The primary's slots (R2), once it is known who the primary is, or would be if the approval session's account went on. */
  readonly slots: { readonly used: number; readonly limit: number | null } | null;
  readonly codeExpiresIn: number | null;
  readonly reviewDue: Date | null;
  /** What the two are asked to prove beside their passwords, and for how long. */
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

/** The pack that a request or a binding goes by: the version it began under, whatever the file says by now (R41). */
export async function packOf(
  { packs }: Pick<BindingDeps, 'packs'>,
  of: Pinned,
  db: Db,
): Promise<Pack> {
  return await packs.get(db, of.pack, 'packVersion' in of ? of.packVersion : of.pack_version);
}

/** The pack that a request by this name begins under; its name was checked when it was asked for. */
export function currentPack({ packs }: Pick<BindingDeps, 'packs'>, id: string): Pack {
  const pack = packs.find(id);
  if (!pack) throw new Error(`policy pack ${id} is not installed`);
  return pack;
}

const ENDS_BY_TIME: ReadonlySet<RequestState> = new Set([
  'created',
  'offered',
  'answered',
  'proving',
]);

/** A noun, or a row of a table. */
type Pinned = { readonly pack: string } & (
  | { readonly packVersion: number }
  | { readonly pack_version: number }
);

/** A request past its time is over, whether or not the clean-up has been by. */
export function isOver(stored: StoredRequest): boolean {
  return ENDS_BY_TIME.has(stored.request.state) && stored.expiresAt <= stored.now;
}

/** A request by itself, for those who do not sit at it. */
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
    primary && countSlots(deps.db, primary),
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
  const over = isOver(stored);
  const { request } = stored;
  const proving = request.state === 'proving' ? request : null;
  return {
    id: stored.id,
    state: over ? (proving ? 'refused' : 'expired') : request.state,
    refusal: proving && over ? 'risk' : request.state === 'refused' ? request.refusal : null,
    because: over && !proving ? 'time' : request.state === 'expired' ? request.because : null,
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
    codeExpiresIn:
      request.state === 'offered' && !over ? secondsUntil(stored.expiresAt, stored.now) : null,
    proving:
      proving && !over
        ? {
            asked: proving.asked,
            proofs: proving.proofs,
            secondsLeft: secondsUntil(proving.until, stored.now),
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

/** Both sides sign in freshly: `auth_time` not older than the pack says (docs/protocol.md#approval). */
export function isFresh(approvalSession: ApprovalSession, pack: Pack): boolean {
  return (
    approvalSession.signedInSecondsAgo !== null &&
    approvalSession.signedInSecondsAgo <= pack.freshSignInSeconds
  );
}

/** An approval session and its request, as this browser may see them. */
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
