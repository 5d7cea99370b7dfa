import { randomNonce, randomPKCECodeVerifier } from 'openid-client';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { findProvider } from '../platforms/platform.ts';
import type { Visitor } from '../risk/device.ts';
import type { KeyProof } from '../risk/device-key.ts';
import { consume } from '../store/rate-limits.ts';
import type { UpstreamDeps } from './deps.ts';
import { failureOf, type UpstreamFailure } from './failure.ts';
import { oauth2Request } from './oauth2-sign-in.ts';
import { openIdRequest } from './openid-sign-in.ts';
import { issueTicket } from './tickets.ts';

/** A person at a browser who wants to sign in at a platform. */
export interface UpstreamStart {
  readonly platform: string;
  readonly provider: string;
  /** The path of the page that takes the answer. */
  readonly returnTo: string;
  /** Seconds that the sign-in may be old; null: it need not be fresh. */
  readonly maxAge: number | null;
  readonly visitor: Visitor;
  readonly uiLocales: string;
}

/** What is kept while the browser is away. */
export interface Sent {
  readonly platform: string;
  readonly provider: string;
  readonly returnTo: string;
  readonly maxAge: number | null;
  readonly nonce: string;
  readonly verifier: string;
  /** Unix seconds. */
  readonly sentAt: number;
  /** The key that the browser proved to hold on the sign-in page. */
  readonly proof: KeyProof | null;
}

export type StartRefusal = UpstreamFailure | 'upstream_unknown' | 'too_many_attempts';

/**
 * Sends a browser to a provider. Its way back is a row, bound to this browser and good once: what
 * another browser brings back, or this one twice, counts for nothing.
 */
export async function startUpstream(
  deps: UpstreamDeps,
  { platform, provider, returnTo, maxAge, visitor, uiLocales }: UpstreamStart,
): Promise<Result<URL, StartRefusal>> {
  const found = findProvider(deps.platforms, platform, provider);
  if (!found) return refuse('upstream_unknown', 'UPS-2S0');
  const limiter = deps.limits.upstream;
  if (await consume(deps.db, [{ limiter, key: visitor.address }]))
    return refuse('too_many_attempts', 'UPS-2S1', { limiter: limiter.name });
  const secrets = { nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
  const says: Sent = {
    platform,
    provider,
    returnTo,
    maxAge,
    ...secrets,
    sentAt: Math.floor(Date.now() / 1000),
    proof: visitor.device.proof,
  };
  const state = await issueTicket(deps, 'sent', {
    browser: visitor.browser,
    says: { ...says },
    lifetimeSeconds: deps.lifetimes.upstream.signIn,
  });
  const redirectUri = callbackOf(deps.issuer, says);
  const asked = { redirectUri, state, ...secrets, maxAge, uiLocales };
  try {
    return ok(
      found.provider.kind === 'oidc'
        ? await openIdRequest(found.provider, deps.platformSecret, asked)
        : await oauth2Request(found.provider, asked),
    );
  } catch (error) {
    const failure = failureOf(error);
    return refuse(failure.code, 'UPS-2S2', {
      provider: `${platform}/${provider}`,
      ...failure.detail,
    });
  }
}

/** The redirect URI of a provider. Each has its own, so that no answer of one passes as another's. */
export function callbackOf(
  issuer: string,
  { platform, provider }: Pick<Sent, 'platform' | 'provider'>,
): string {
  return `${issuer}/upstream/${platform}/${provider}/callback`;
}
