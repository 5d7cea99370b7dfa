import { isSignedIn, maySignIn } from '../accounts/account.ts';
import { findAccount } from '../accounts/accounts.store.ts';
import { findFactors } from '../accounts/factors.store.ts';
import { type AccountId, type FactorId, newId } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import type { ObservedDevice, Visitor } from '../risk/device.ts';
import { consumeKeyProof } from '../risk/device-keys.store.ts';
import { sqlState, type Tx } from '../store/database.ts';
import { deviceAt, isFresh } from './approval-session.ts';
import { insertApprovalSession, lockApprovalSession } from './approval-sessions.store.ts';
import { findSectorMetadata } from './apps.store.ts';
import { audienceOf } from './audience.ts';
import type { BindingDetails } from './authorization-details.ts';
import type { BindingDeps } from './deps.ts';
import { hasLapsed } from './effective-state.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { issueCode, type ShownCode } from './live-code.ts';
import { currentPack, packOf } from './request-pack.ts';
import type { StoredRequest } from './request-row.ts';
import {
  findRequestByInteraction,
  insertRequest,
  lockRequest,
  releaseInteraction,
  saveOffer,
} from './requests.store.ts';

export type OfferRefusal =
  | 'unknown_approval_session'
  | 'stale_sign_in'
  | 'request_over'
  | 'already_offered';

const UNIQUE_VIOLATION = '23505';

/** Back channel: the initiator, signed in to an approval session, approves and sees the code. */
export async function offerFromApprovalSession(
  deps: BindingDeps,
  { approvalSessionId, visitor }: { readonly approvalSessionId: string; readonly visitor: Visitor },
): Promise<Result<ShownCode, OfferRefusal>> {
  return await deps.db.transaction(async (tx) => {
    const locked = await lockApprovalSession(tx, approvalSessionId, visitor.browser);
    if (locked?.approvalSession.side !== 'initiator' || locked.approvalSession.accountId === null)
      return refuse('unknown_approval_session', 'BIND-8F0');
    const { approvalSession, stored } = locked;
    if (hasLapsed(stored)) return refuse('request_over', 'BIND-8F1');
    if (!isFresh(approvalSession, await packOf(deps, stored, tx)))
      return refuse('stale_sign_in', 'BIND-8F2');
    const { browser } = visitor;
    return await offer(tx, deps, stored, {
      initiator: locked.approvalSession.accountId,
      browser,
      device: deviceAt(approvalSession, visitor),
    });
  });
}

export interface InteractionOffer {
  readonly interactionUid: string;
  readonly clientId: string;
  readonly details: BindingDetails;
  readonly initiatorId: AccountId;
  /** When the initiator signed in, by the wall clock. */
  readonly authTime: Date;
  /** The passkey of that sign-in. Null: a password, or a sign-in of another interaction. */
  readonly passkey: FactorId | null;
  readonly visitor: Visitor;
  readonly uiLocales?: string | undefined;
}

/**
 * Browser flow: the initiator approved on the consent page of an authorization request. A second
 * approval of the same interaction (a double click, two tabs) is refused and shows the first one's
 * page. A request whose code ran out is replaced.
 */
export async function offerFromInteraction(
  deps: BindingDeps,
  input: InteractionOffer,
): Promise<Result<ShownCode & { readonly approvalSessionId: string }, OfferRefusal>> {
  const pack = currentPack(deps, input.details.pack);
  const signedInSecondsAgo = Math.max(0, (Date.now() - input.authTime.getTime()) / 1000);
  if (signedInSecondsAgo > pack.freshSignInSeconds) return refuse('stale_sign_in', 'BIND-8F3');

  try {
    return await deps.db.transaction(
      async (tx) =>
        await openAndOffer(tx, deps, input, { signedInSecondsAgo, packVersion: pack.version }),
    );
  } catch (error) {
    // The other of two approvals at once has inserted the request of this interaction.
    if (sqlState(error) === UNIQUE_VIOLATION) return refuse('already_offered', 'BIND-8F5');
    throw error;
  }
}

async function openAndOffer(
  tx: Tx,
  deps: BindingDeps,
  input: InteractionOffer,
  {
    signedInSecondsAgo,
    packVersion,
  }: { readonly signedInSecondsAgo: number; readonly packVersion: number },
): Promise<Result<ShownCode & { readonly approvalSessionId: string }, OfferRefusal>> {
  const account = await findAccount(tx, input.initiatorId);
  // Its sign-ins ended while the page was open.
  if (!account || !maySignIn(account) || !isSignedIn(account, input.authTime.getTime() / 1000))
    return refuse('stale_sign_in', 'BIND-8F6');
  const earlier = await findRequestByInteraction(tx, input.interactionUid);
  if (earlier && !ranOut(earlier)) return refuse('already_offered', 'BIND-8F4');
  if (earlier) await releaseInteraction(tx, earlier.id);
  const id = newId('brq');
  await insertRequest(tx, {
    id,
    clientId: input.clientId,
    channel: 'browser',
    details: input.details,
    packVersion,
    ...audienceOf(await findSectorMetadata(tx, input.clientId), input.details),
    interactionUid: input.interactionUid,
    uiLocales: input.uiLocales,
    lifetimeSeconds: deps.lifetimes.binding.request,
  });
  const { initiatorId: initiator, visitor, passkey } = input;
  const device = deviceAt(
    { passkeySince: passkey && (await enrolmentOf(tx, initiator, passkey)) },
    visitor,
  );
  const shown = await offer(tx, deps, await lockRequest(tx, id), {
    initiator,
    browser: visitor.browser,
    device,
  });
  if (!shown.ok) return shown;
  const approvalSessionId = await insertApprovalSession(tx, {
    requestId: id,
    side: 'initiator',
    browser: visitor.browser,
    accountId: initiator,
    passkey,
    signedInSecondsAgo,
    lifetimeSeconds: deps.lifetimes.binding.approvalSession,
  });
  return ok({ ...shown.value, approvalSessionId });
}

async function enrolmentOf(tx: Tx, account: AccountId, passkey: FactorId): Promise<string | null> {
  const found = (await findFactors(tx, account)).find(({ id }) => id === passkey);
  return found?.enrolledAt.toISOString() ?? null;
}

function ranOut(stored: StoredRequest): boolean {
  return (
    hasLapsed(stored) || (stored.request.state === 'expired' && stored.request.because === 'time')
  );
}

async function offer(
  tx: Tx,
  deps: BindingDeps,
  stored: StoredRequest,
  {
    initiator,
    browser,
    device,
  }: { readonly initiator: AccountId; readonly browser: Buffer; readonly device: ObservedDevice },
): Promise<Result<ShownCode, OfferRefusal>> {
  const handled = await handleRequestCommand(
    tx,
    stored,
    { type: 'offer', initiator },
    { actor: initiator, lifetimes: deps.lifetimes },
  );
  if (!handled.ok)
    return refuse(
      handled.refusal.code === 'already_done' ? 'already_offered' : 'request_over',
      handled.refusal.site,
    );
  const { shown, live } = issueCode(deps.secrets, await packOf(deps, stored, tx));
  await saveOffer(tx, stored.id, live, { browser, device: await consumeKeyProof(tx, device) });
  return ok(shown);
}
