import { type AccountSummary, isSignedIn, maySignIn, summaryOf } from '../accounts/account.ts';
import { findAccount } from '../accounts/accounts.store.ts';
import { ok, type Refusal, type Result, refuse } from '../kernel/refusals.ts';
import { findProvider, type Platform } from '../platforms/platform.ts';
import type { UpstreamProvider } from '../platforms/provider.ts';
import type { Visitor } from '../risk/device.ts';
import type { KeyProof } from '../risk/device-key.ts';
import { isFreshEnough, signedInAt } from './auth-time.ts';
import type { UpstreamDeps } from './deps.ts';
import { type EntryRefusal, enterAccount } from './enter-account.ts';
import { failureOf, type UpstreamFailure } from './failure.ts';
import { identityOf } from './identity.ts';
import type { Journey, Returned } from './journey.ts';
import { oauth2Answer } from './oauth2-sign-in.ts';
import { forget } from './openid-connection.ts';
import { openIdAnswer } from './openid-sign-in.ts';
import { callbackOf, type Sent } from './start-sign-in.ts';
import { issueTicket, takeTicket } from './tickets.ts';

export type FinishRefusal = UpstreamFailure | EntryRefusal | 'upstream_over' | 'upstream_stale';

export interface Back {
  readonly platform: string;
  readonly provider: string;
  /** The address of the callback, with what the provider put there. */
  readonly url: URL;
  readonly visitor: Visitor;
}

/** Where the browser goes on; undefined where nobody knows why it came. */
export interface Finished {
  readonly returnTo: string | undefined;
  /** A ticket for the page at `returnTo`. */
  readonly result: Result<string, FinishRefusal>;
  /** What went wrong beside it: for the log. */
  readonly notTied: Refusal | undefined;
}

/** What the page at `returnTo` learns. */
interface Answered {
  readonly returnTo: string;
  readonly accountId: string;
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly proof: KeyProof | null;
}

/** Takes what a provider sent back. The account is made or found; nobody is signed in yet. */
export async function finishUpstream(deps: UpstreamDeps, back: Back): Promise<Finished> {
  const { browser } = back.visitor;
  const state = back.url.searchParams.get('state') ?? '';
  const sent = await takeTicket<Sent>(deps, 'sent', { ticket: state, browser });
  const over = (result: Result<string, FinishRefusal>, returnTo?: string): Finished => ({
    returnTo,
    result,
    notTied: undefined,
  });
  if (!sent) return over(refuse('upstream_over', 'UPS-3F0'));
  const { returnTo, sentAt, maxAge, nonce, verifier } = sent;
  const found = findProvider(deps.platforms, sent.platform, sent.provider);
  // An answer that came to another provider's address is that other's (RFC 9700 §4.4).
  if (!found || sent.platform !== back.platform || sent.provider !== back.provider)
    return over(refuse('upstream_over', 'UPS-3F1'), returnTo);
  const redirectUri = callbackOf(deps.issuer, sent);
  const journey = { redirectUri, state, nonce, verifier, url: back.url };
  const returned = await ask(deps, found.provider, journey);
  if (!returned.ok) return over(returned, returnTo);

  const now = Math.floor(Date.now() / 1000);
  const forced = maxAge !== null && Object.keys(found.provider.freshness.parameters).length > 0;
  const authTime = signedInAt({ sentAt, now, authTime: returned.value.authTime, forced });
  if (authTime === undefined) return over(refuse('upstream_invalid', 'UPS-3F2'), returnTo);
  if (!isFreshEnough(authTime, now, maxAge))
    return over(refuse('upstream_stale', 'UPS-3F3', { age: now - authTime }), returnTo);
  const entered = await enter(deps, found, returned.value);
  if (!entered.ok) return over(entered, returnTo);
  const { account, notTied } = entered.value;
  // The account was signed out everywhere since. Where a fresh sign-in was asked, this is none;
  // elsewhere the platform's word of now begins a new session.
  const { signedOutAt } = account;
  const isOver = signedOutAt !== null && !isSignedIn(account, authTime);
  if (isOver && maxAge !== null) return over(refuse('upstream_stale', 'UPS-3F4'), returnTo);
  const says: Answered = {
    returnTo,
    accountId: account.id,
    authTime: isOver ? signedOutAt + 1 : authTime,
    amr: returned.value.amr,
    proof: sent.proof,
  };
  const ticket = await issueTicket(deps, 'answered', {
    browser,
    says: { ...says },
    lifetimeSeconds: deps.lifetimes.upstream.answer,
  });
  return { returnTo, result: ok(ticket), notTied };
}

async function ask(
  { platformSecret }: UpstreamDeps,
  provider: UpstreamProvider,
  journey: Journey,
): Promise<Result<Returned, UpstreamFailure>> {
  if (provider.kind === 'oauth2' && journey.url.searchParams.has('error'))
    return refuse('upstream_refused', 'UPS-3F5');
  try {
    const returned =
      provider.kind === 'oidc'
        ? await openIdAnswer(provider, platformSecret, journey)
        : await oauth2Answer(provider, platformSecret, journey);
    if (returned === 'acr_not_enough') return refuse('upstream_refused', 'UPS-3F6');
    return ok(returned);
  } catch (error) {
    const { code, detail } = failureOf(error);
    if (code === 'upstream_invalid' && provider.kind === 'oidc') forget(provider);
    return refuse(code, 'UPS-3F7', { provider: provider.id, ...detail });
  }
}

async function enter(
  deps: UpstreamDeps,
  found: { readonly platform: Platform; readonly provider: UpstreamProvider },
  { answers }: Returned,
): ReturnType<typeof enterAccount> {
  const identity = identityOf(found.platform, found.provider, answers);
  if (!identity) return refuse('upstream_identity', 'UPS-3F8');
  return await enterAccount(deps, found, identity);
}

/** Who signed in at the platform, and when. */
export interface SignedInUpstream {
  readonly account: AccountSummary;
  /** Unix seconds. */
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly proof: KeyProof | null;
}

/** Takes the ticket of {@link finishUpstream}, once, in its browser and at the page it is for. */
export async function takeAnswer(
  deps: UpstreamDeps,
  {
    ticket,
    returnTo,
    visitor,
  }: { readonly ticket: string; readonly returnTo: string; readonly visitor: Visitor },
): Promise<Result<SignedInUpstream, 'upstream_over' | 'upstream_account'>> {
  const { browser } = visitor;
  const answered = await takeTicket<Answered>(deps, 'answered', { ticket, browser });
  if (!answered || answered.returnTo !== returnTo) return refuse('upstream_over', 'UPS-3F9');
  const { accountId, authTime, amr, proof } = answered;
  const account = await findAccount(deps.db, accountId);
  if (!account || !maySignIn(account)) return refuse('upstream_account', 'UPS-3FA');
  return ok({ account: summaryOf(account), authTime, amr, proof });
}
