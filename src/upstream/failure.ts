import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { ProviderUnreachable } from './bounded-fetch.ts';
import { UnusableAnswer } from './oauth2-sign-in.ts';

/**
 * `upstream_unavailable`: it cannot be reached, other ways go on. `upstream_refused`: it said no, or
 * the person went back. `upstream_invalid`: its answer cannot be trusted.
 */
export type UpstreamFailure = 'upstream_unavailable' | 'upstream_refused' | 'upstream_invalid';

export interface Failure {
  readonly code: UpstreamFailure;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** What an error of a provider means for the person. Anything else is a bug, and is thrown on. */
export function failureOf(error: unknown): Failure {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ProviderUnreachable) return { code: 'upstream_unavailable', detail: {} };
  if (error instanceof AuthorizationResponseError) return { code: 'upstream_refused', detail: {} };
  // The code is over, or its person was shut out meanwhile: nothing that was said is in doubt.
  if (error instanceof ResponseBodyError && error.error === 'invalid_grant')
    return { code: 'upstream_refused', detail: {} };
  if (error instanceof ResponseBodyError)
    return { code: 'upstream_invalid', detail: { status: error.status } };
  // The code is one of openid-client's own words, such as OAUTH_JWT_CLAIM_COMPARISON_FAILED.
  if (error instanceof ClientError)
    return { code: 'upstream_invalid', detail: { because: error.code ?? 'unknown' } };
  if (error instanceof UnusableAnswer) return { code: 'upstream_invalid', detail: {} };
  throw error;
}
