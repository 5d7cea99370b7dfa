import {
  createRemoteJWKSet,
  decodeJwt,
  type JWTPayload,
  errors as joseErrors,
  customFetch as joseFetch,
  jwtVerify,
} from 'jose';
import { type AccountSummary, isSignedIn, maySignIn, summaryOf } from '../accounts/account.ts';
import { findAccount } from '../accounts/accounts.store.ts';
import { ok, type Refusal, type Result, refuse } from '../kernel/refusals.ts';
import type { Platform } from '../platforms/platform.ts';
import type { OidcProvider } from '../platforms/provider.ts';
import type { Visitor } from '../risk/device.ts';
import { signedInAt } from './auth-time.ts';
import { boundedFetch, ProviderUnreachable } from './bounded-fetch.ts';
import type { UpstreamDeps } from './deps.ts';
import { enterAccount } from './enter-account.ts';
import { identityOf } from './identity.ts';
import { connect } from './openid-connection.ts';
import { insertTicket } from './tickets.store.ts';
import { issueTicket, takeTicket, ticketKey } from './tickets.ts';

/** Seconds that two clocks may differ by. */
const SKEW = 30;
const LONGEST_TOKEN = 16_384;
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];

export interface HandOver {
  /** The client that hands over, and the platforms whose word the operator lets it bring. */
  readonly clientId: string;
  readonly platforms: readonly string[];
  /** An ID token of the platform, for one of its own apps. */
  readonly idToken: string;
}

export interface Start {
  /** Opens the start page, once. */
  readonly ticket: string;
  readonly expiresIn: number;
  readonly notTied: Refusal | undefined;
}

interface Handed {
  readonly accountId: string;
  readonly clientId: string;
  /** Unix seconds. */
  readonly authTime: number;
  /** When the platform gave its word, Unix seconds. */
  readonly handedAt: number;
}

/**
 * Takes the platform's word that a person is signed in to its app, for a start of Bindery's pages
 * (R48). The token is good once, and at most five minutes old.
 */
export async function startByIdToken(
  deps: UpstreamDeps,
  { clientId, platforms, idToken }: HandOver,
): Promise<Result<Start, 'unknown_issuer' | 'unacceptable_token' | 'upstream_unavailable'>> {
  const found = providerOf(deps, platforms, idToken);
  if (!found) return refuse('unknown_issuer', 'UPS-4H0');
  const { idToken: mostSeconds, start } = deps.lifetimes.upstream;
  const claims = await verified(deps, found.provider, { idToken, mostSeconds });
  if (!claims.ok) return claims;
  // Of what is signed, not of the signature: that of ECDSA has a second form.
  const signed = idToken.slice(0, idToken.lastIndexOf('.'));
  const spent = await insertTicket(deps.db, {
    purpose: 'spent',
    key: ticketKey(deps.secrets, 'spent', signed),
    browser: null,
    sealed: '',
    lifetimeSeconds: mostSeconds + 2 * SKEW,
  });
  if (!spent) return refuse('unacceptable_token', 'UPS-4H1', { because: 'replayed' });

  const answers = { all: claims.value, signed: claims.value };
  const identity = identityOf(found.platform, found.provider, answers);
  if (!identity) return refuse('unacceptable_token', 'UPS-4H2');
  const entered = await enterAccount(deps, found, identity);
  if (!entered.ok)
    return refuse('unacceptable_token', 'UPS-4H3', { because: entered.refusal.code });
  const now = Math.floor(Date.now() / 1000);
  const said = found.provider.freshness.authTime ? claims.value.auth_time : undefined;
  const authTime = signedInAt({
    sentAt: now,
    now,
    authTime: typeof said === 'number' ? said : undefined,
    forced: false,
  });
  if (authTime === undefined) return refuse('unacceptable_token', 'UPS-4H4');
  const says: Handed = { accountId: entered.value.account.id, clientId, authTime, handedAt: now };
  const ticket = await issueTicket(deps, 'start', {
    browser: null,
    says: { ...says },
    lifetimeSeconds: start,
  });
  return ok({ ticket, expiresIn: start, notTied: entered.value.notTied });
}

/** Who was handed over, by which client, with a ticket for the next step. */
export interface Opened extends Pick<Handed, 'clientId' | 'authTime'> {
  readonly account: AccountSummary;
  readonly ticket: string;
}

/**
 * The first browser that opens a start gets it, for itself alone. It is not signed in yet: otherwise
 * a link could sign somebody in to a stranger's account.
 */
export async function openStart(
  deps: UpstreamDeps,
  { ticket, visitor }: { readonly ticket: string; readonly visitor: Visitor },
): Promise<Result<Opened, 'upstream_over' | 'upstream_account'>> {
  const handed = await takeTicket<Handed>(deps, 'start', { ticket, browser: null });
  if (!handed) return refuse('upstream_over', 'UPS-4H5');
  const account = await accountOf(deps, handed);
  if (!account) return refuse('upstream_account', 'UPS-4H6');
  const bound = await issueTicket(deps, 'start', {
    browser: visitor.browser,
    says: { ...handed },
    lifetimeSeconds: deps.lifetimes.upstream.started,
  });
  const { clientId, authTime } = handed;
  return ok({ account, clientId, authTime, ticket: bound });
}

/** The person agrees to go on as this account. */
export async function agreeToStart(
  deps: UpstreamDeps,
  { ticket, visitor }: { readonly ticket: string; readonly visitor: Visitor },
): Promise<Result<Omit<Opened, 'ticket'>, 'upstream_over' | 'upstream_account'>> {
  const { browser } = visitor;
  const handed = await takeTicket<Handed>(deps, 'start', { ticket, browser });
  if (!handed) return refuse('upstream_over', 'UPS-4H7');
  const account = await accountOf(deps, handed);
  if (!account) return refuse('upstream_account', 'UPS-4H8');
  const { clientId, authTime } = handed;
  return ok({ account, clientId, authTime });
}

async function accountOf(
  { db }: UpstreamDeps,
  { accountId, handedAt }: Handed,
): Promise<AccountSummary | undefined> {
  const account = await findAccount(db, accountId);
  // What the platform said before all sign-ins of the account ended counts no more.
  const counts = account && maySignIn(account) && isSignedIn(account, handedAt);
  return counts ? summaryOf(account) : undefined;
}

/** The provider that the token claims to be from, among those that the client may bring. */
function providerOf(
  { platforms: all }: UpstreamDeps,
  platforms: readonly string[],
  idToken: string,
): { readonly platform: Platform; readonly provider: OidcProvider } | undefined {
  if (idToken.length > LONGEST_TOKEN) return undefined;
  let iss: string | undefined;
  try {
    ({ iss } = decodeJwt(idToken));
  } catch {
    return undefined;
  }
  for (const id of platforms) {
    const platform = all.get(id);
    for (const provider of platform?.providers ?? [])
      if (
        platform &&
        provider.kind === 'oidc' &&
        provider.issuer === iss &&
        provider.apps.length > 0
      )
        return { platform, provider };
  }
  return undefined;
}

const keySets = new WeakMap<OidcProvider, ReturnType<typeof createRemoteJWKSet>>();

async function verified(
  { platformSecret }: UpstreamDeps,
  provider: OidcProvider,
  { idToken, mostSeconds }: { readonly idToken: string; readonly mostSeconds: number },
): Promise<Result<JWTPayload, 'unacceptable_token' | 'upstream_unavailable'>> {
  try {
    const { payload } = await jwtVerify(idToken, await keysOf(provider, platformSecret), {
      issuer: provider.issuer,
      audience: [...provider.apps],
      algorithms: ALGORITHMS,
      requiredClaims: ['sub', 'iat', 'exp'],
      maxTokenAge: mostSeconds,
      clockTolerance: SKEW,
    });
    // An ID token for several audiences names the one it was issued to (OIDC Core §3.1.3.7).
    const { aud, azp } = payload;
    const several = Array.isArray(aud) && aud.length > 1;
    const forApp = azp === undefined ? !several : provider.apps.includes(String(azp));
    return forApp ? ok(payload) : refuse('unacceptable_token', 'UPS-4H9');
  } catch (error) {
    for (let cause = error; cause instanceof Error; cause = cause.cause)
      if (cause instanceof ProviderUnreachable) return refuse('upstream_unavailable', 'UPS-4HA');
    if (error instanceof joseErrors.JOSEError)
      return refuse('unacceptable_token', 'UPS-4HB', { because: error.code });
    throw error;
  }
}

/** The provider's keys. One that is not known yet is looked for again, twice a minute at most. */
async function keysOf(
  provider: OidcProvider,
  readSecret: UpstreamDeps['platformSecret'],
): Promise<ReturnType<typeof createRemoteJWKSet>> {
  const known = keySets.get(provider);
  if (known) return known;
  const { jwks_uri: uri } = (await connect(provider, readSecret)).serverMetadata();
  if (uri === undefined) throw new ProviderUnreachable('the provider publishes no keys');
  const keys = createRemoteJWKSet(new URL(uri), { [joseFetch]: boundedFetch });
  keySets.set(provider, keys);
  return keys;
}
