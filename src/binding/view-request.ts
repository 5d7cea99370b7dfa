import { type AccountSummary, summaryOf } from '../accounts/account.ts';
import { findAccounts } from '../accounts/accounts.store.ts';
import type { BindingId } from '../kernel/ids.ts';
import { ok, type RefusalCode, type Result, refuse } from '../kernel/refusals.ts';
import { secondsUntil } from '../kernel/time.ts';
import { inheritedPermissions } from '../permissions/permissions.ts';
import type { Pack } from '../policy/pack.ts';
import type { Visitor } from '../risk/device.ts';
import { type App, findApp } from './apps.store.ts';
import type { RequestState, Role, Side } from './binding-request.ts';
import { countSlots } from './bindings.store.ts';
import type { BindingDeps } from './deps.ts';
import type { StoredRequest } from './request-row.ts';
import { findRequest } from './requests.store.ts';
import { findSitting, type Sitting } from './sittings.store.ts';

/** What the hosted pages show of a binding request; nothing in it is secret from either side. */
export interface RequestView {
  readonly id: string;
  readonly state: RequestState;
  readonly refusal: RefusalCode | null;
  readonly because: 'time' | 'wrong_codes' | 'withdrawn' | null;
  /** The starter's role; the other side has the opposite one. */
  readonly role: Role;
  readonly way: 'browser' | 'back_channel';
  readonly app: App;
  readonly pack: { readonly id: string; readonly title: Pack['title'] };
  readonly starter: AccountSummary | null;
  readonly other: AccountSummary | null;
  readonly starterDevice: { readonly label: string; readonly network: string } | null;
  /** Basic permissions that the binding inherits at once (R16). */
  readonly actions: readonly string[];
  readonly privileges: readonly string[];
  readonly datatypes: readonly string[];
  /** The primary's slots (R2), once it is known who the primary is. */
  readonly slots: { readonly used: number; readonly limit: number | null } | null;
  readonly codeExpiresIn: number | null;
  readonly reviewDue: Date | null;
  readonly interactionUid: string | null;
  readonly bindingId: BindingId | null;
  readonly loginHint: string | null;
  readonly uiLocales: string | null;
  /** True in the browser that started it. */
  readonly startedHere: boolean;
}

export interface SittingView {
  readonly sitting: { readonly id: string; readonly side: Side; readonly account: AccountSummary | null; readonly fresh: boolean };
  readonly request: RequestView;
}

export function packOf(deps: Pick<BindingDeps, 'packs'>, id: string): Pack {
  const pack = deps.packs.get(id);
  if (!pack) throw new Error(`policy pack ${id} is not installed`);
  return pack;
}

/** A request past its time is over, whether or not the clean-up has been by. */
export function isOver(stored: StoredRequest): boolean {
  const open = stored.request.state === 'created' || stored.request.state === 'offered' || stored.request.state === 'answered';
  return open && stored.expiresAt <= stored.now;
}

export async function describeRequest(deps: BindingDeps, stored: StoredRequest, visitor: Visitor): Promise<RequestView> {
  const pack = packOf(deps, stored.pack);
  const ids = [stored.starterId, stored.otherId].filter((id) => id !== null);
  const [app, accounts] = await Promise.all([findApp(deps.db, stored.clientId), findAccounts(deps.db, ids)]);
  const starter = stored.starterId === null ? undefined : accounts.get(stored.starterId);
  const other = stored.otherId === null ? undefined : accounts.get(stored.otherId);
  const primary = stored.role === 'primary' ? starter : other;
  const over = isOver(stored);
  const { request } = stored;
  return {
    id: stored.id,
    state: over ? 'expired' : request.state,
    refusal: request.state === 'refused' ? request.refusal : null,
    because: over ? 'time' : request.state === 'expired' ? request.because : null,
    role: stored.role,
    way: stored.way,
    app,
    pack: { id: pack.id, title: pack.title },
    starter: starter ? summaryOf(starter) : null,
    other: other ? summaryOf(other) : null,
    starterDevice: stored.starterDevice && { label: stored.starterDevice.label, network: stored.starterDevice.network },
    actions: inheritedPermissions(pack),
    privileges: stored.details.privileges,
    datatypes: stored.details.datatypes,
    slots: primary ? await countSlots(deps.db, primary.id, pack.limits[primary.kind]) : null,
    codeExpiresIn: request.state === 'offered' && !over ? secondsUntil(stored.expiresAt, stored.now) : null,
    reviewDue: request.state === 'in_review' ? request.due : null,
    interactionUid: stored.interactionUid,
    bindingId: stored.bindingId,
    loginHint: stored.loginHint,
    uiLocales: stored.uiLocales,
    startedHere: stored.starterBrowser?.equals(visitor.browser) ?? false,
  };
}

async function describeSitting(deps: BindingDeps, sitting: Sitting, stored: StoredRequest, visitor: Visitor): Promise<SittingView> {
  const account = sitting.accountId === null ? undefined : (await findAccounts(deps.db, [sitting.accountId])).get(sitting.accountId);
  return {
    sitting: {
      id: sitting.id,
      side: sitting.side,
      account: account ? summaryOf(account) : null,
      fresh: isFresh(sitting, packOf(deps, stored.pack)),
    },
    request: await describeRequest(deps, stored, visitor),
  };
}

/** Both sides sign in freshly: `auth_time` not older than the pack says (protocol §2). */
export function isFresh(sitting: Sitting, pack: Pack): boolean {
  return sitting.signedInSecondsAgo !== null && sitting.signedInSecondsAgo <= pack.freshSignInSeconds;
}

/** A sitting and its request, as this browser may see them. */
export async function viewSitting(
  deps: BindingDeps,
  { sittingId, visitor }: { readonly sittingId: string; readonly visitor: Visitor },
): Promise<Result<SittingView, 'unknown_sitting'>> {
  const sitting = await findSitting(deps.db, sittingId, visitor.browser);
  const stored = sitting && (await findRequest(deps.db, sitting.requestId));
  if (!sitting || !stored) return refuse('unknown_sitting', 'BIND-7V0');
  return ok(await describeSitting(deps, sitting, stored, visitor));
}
