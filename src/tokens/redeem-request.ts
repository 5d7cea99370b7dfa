import { answerRedemption } from '../binding/answer-redemption.ts';
import { STATUS_OF } from '../binding/binding.ts';
import { type BindingRow, lockBinding } from '../binding/bindings.store.ts';
import type { BindingDeps } from '../binding/deps.ts';
import { handleRequestCommand } from '../binding/handle-request-command.ts';
import type { StoredRequest } from '../binding/request-row.ts';
import { lockRequestByHandle, saveHandleKey, savePoll } from '../binding/requests.store.ts';
import { assignStatus, type StatusReference } from '../binding/status.store.ts';
import { packOf } from '../binding/view-request.ts';
import type { BindingId } from '../kernel/ids.ts';
import type { RefusalCode } from '../kernel/refusals.ts';
import { secondsUntil } from '../kernel/time.ts';
import type { Pack } from '../policy/pack.ts';
import type { Tx } from '../store/database.ts';
import {
  BINDING_TOKEN_TYPE,
  type BindingTokenAlg,
  type BindingTokenSigner,
  bindingClaims,
} from './binding-token.ts';

export interface RedeemDeps extends BindingDeps {
  readonly issuer: string;
  readonly signer: BindingTokenSigner;
}

export interface Redemption {
  readonly handle: string;
  readonly clientId: string;
  /** Thumbprint of the DPoP key that the request proved, if it did. */
  readonly jkt: string | undefined;
  readonly alg?: BindingTokenAlg | undefined;
}

/** The body of the answer at the token endpoint (docs/protocol.md#redeeming); errors are RFC 6749 §5.2 with members of ours. */
export type RedemptionResult =
  | { readonly status: 200; readonly body: Readonly<Record<string, unknown>> }
  | {
      readonly status: 400;
      readonly body: { readonly error: string; readonly error_description: string } & Readonly<
        Record<string, unknown>
      >;
    };

const LONGEST_HANDLE = 128;

/**
 * Redeems a binding request at the token endpoint. The handle works for the client it was given to and, once a DPoP key
 * is on it, for that key alone. A lost answer may be asked for again within 60 s: same binding, fresh token.
 */
export async function redeemRequest(
  tx: Tx,
  deps: RedeemDeps,
  redemption: Redemption,
): Promise<RedemptionResult> {
  if (redemption.handle.length > LONGEST_HANDLE) return INVALID_GRANT;
  const stored = await lockRequestByHandle(
    tx,
    deps.secrets.hash('handle', redemption.handle),
    redemption.clientId,
  );
  if (!stored || (stored.handleJkt !== null && stored.handleJkt !== redemption.jkt))
    return INVALID_GRANT;
  const redeemed = await answer(tx, stored, redemption, deps);
  return 'row' in redeemed ? await issue(deps, redeemed, redemption) : redeemed;
}

interface Redeemed {
  readonly stored: StoredRequest;
  readonly row: BindingRow;
  readonly pack: Pack;
  readonly status: StatusReference;
  readonly jkt: string | null;
}

async function answer(
  tx: Tx,
  stored: StoredRequest,
  redemption: Redemption,
  deps: RedeemDeps,
): Promise<Redeemed | RedemptionResult> {
  const { now, expiresAt, lastPolledAt, pollInterval } = stored;
  const given = answerRedemption(stored.request, {
    now,
    expiresAt,
    lastPolledAt,
    intervalSeconds: pollInterval,
  });
  switch (given.answer) {
    case 'bound':
      return await redeem(tx, deps, { stored, bindingId: given.bindingId }, redemption);
    case 'authorization_pending':
      await savePoll(tx, stored.id, pollInterval);
      return refused(
        'authorization_pending',
        'The other account has not approved yet. Ask again after the interval.',
      );
    case 'slow_down':
      await savePoll(tx, stored.id, given.interval);
      return refused(
        'slow_down',
        `Asked too soon. Wait ${given.interval} seconds between polls from now on.`,
        {
          interval: given.interval,
        },
      );
    case 'review_pending':
      await savePoll(tx, stored.id, given.interval);
      return refused(
        'review_pending',
        'A person decides this request. Keep polling at the interval.',
        {
          review_due: given.due.toISOString(),
          interval: given.interval,
        },
      );
    case 'access_denied':
      return refused('access_denied', DENIED[given.refusal], {
        refusal: given.refusal,
        appeal_uri: `${deps.issuer}/account/refusals/${stored.id}`,
      });
    case 'expired_token':
      return refused('expired_token', 'The request has ended without an answer. Start a new one.');
    case 'already_redeemed':
      return INVALID_GRANT;
  }
}

async function redeem(
  tx: Tx,
  deps: RedeemDeps,
  { stored, bindingId }: { readonly stored: StoredRequest; readonly bindingId: BindingId },
  redemption: Redemption,
): Promise<Redeemed | RedemptionResult> {
  const applied = await handleRequestCommand(
    tx,
    stored,
    { type: 'redeem', now: stored.now },
    { actor: redemption.clientId },
  );
  if (!applied.ok) return INVALID_GRANT;
  const jkt = stored.handleJkt ?? redemption.jkt ?? null;
  if (jkt !== stored.handleJkt) await saveHandleKey(tx, stored.id, jkt);
  const row = await lockBinding(tx, bindingId);
  if (!row || row.state === 'purged') return INVALID_GRANT;
  const pack = await packOf(deps, row, tx);
  return {
    stored,
    row,
    pack,
    status: await assignStatus(tx, row.id, stored.audience, STATUS_OF[row.state]),
    jkt,
  };
}

async function issue(
  deps: RedeemDeps,
  { stored, row, pack, status, jkt }: Redeemed,
  redemption: Redemption,
): Promise<RedemptionResult> {
  const claims = bindingClaims(deps.issuer, deps.secrets, {
    row,
    pack,
    audience: stored.audience,
    sector: stored.sector,
    status,
    jkt,
    at: new Date(),
  });
  return {
    status: 200,
    body: {
      issued_token_type: BINDING_TOKEN_TYPE,
      binding_token: await deps.signer.sign(claims, redemption.alg),
      token_type: 'N_A', // RFC 8693 §2.2.1: it is no access token
      expires_in: claims.exp - claims.iat,
      binding_id: row.id,
      authorization_details: [stored.details],
    },
  };
}

function refused(
  error: string,
  description: string,
  members: Readonly<Record<string, unknown>> = {},
): RedemptionResult {
  return { status: 400, body: { error, error_description: description, ...members } };
}

const INVALID_GRANT = refused(
  'invalid_grant',
  'The binding request is unknown, was given to another client or key, or was redeemed already.',
);

/** What an app may show or log; never more than the public code says (architecture rule 6). */
// biome-ignore format: a table is read by its columns
const DENIED = {
  refused_by_owner:   'One of the two accounts refused the binding.',
  not_verified:       'One of the two accounts is not real-name verified.',
  different_owner:    'The two accounts do not belong to the same owner.',
  limit_reached:      'The primary account or its owner has no free slot for another sub-account.',
  already_bound:      'The sub-account is bound to a primary account already.',
  not_eligible:       'This pair of accounts cannot be bound.',
  account_restricted: 'One of the two accounts is restricted.',
  cooling_down:       'It is too soon to bind these accounts again.',
  risk:               'The request was refused for safety.',
} as const satisfies Record<RefusalCode, string>;

/** What the token endpoint says of a request in the authorization-code way (docs/protocol.md#browser-flow). */
export function requestStatus(stored: StoredRequest): {
  readonly status: 'approved' | 'in_review' | 'refused';
  readonly expiresIn: number;
} {
  const { state } = stored.request;
  const status =
    state === 'in_review'
      ? 'in_review'
      : state === 'approved' || state === 'redeemed'
        ? 'approved'
        : 'refused';
  return { status, expiresIn: secondsUntil(stored.expiresAt, stored.now) };
}
