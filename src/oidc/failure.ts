import { hash } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Context } from 'koa';
import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { ReportRefusal } from '../kernel/refusals.ts';
import { isDeadConnection } from '../store/database.ts';
import { keyOf } from './artifact.ts';
import type { ArtifactConflict } from './artifacts.store.ts';
import { renderOAuthError } from './internals.ts';
import { isOutage, refusalIn, refusedAt } from './refusals.ts';
import { openUnit, type UnitOfWork } from './unit.ts';

export const RETRY_AFTER_SECONDS = 2;

export type RenderError = (
  ctx: Context,
  out: { error: string; error_description?: string },
  error: unknown,
) => Promise<void> | void;

/**
 * 503 with an error code that OAuth clients know, for endpoints and redirects (RFC 6749 §4.1.2.1).
 */
export function temporarilyUnavailable(cause: unknown): errors.OIDCProviderError {
  const problem = 'the server cannot reach its database; try again shortly';
  const error = refusedAt('OIDC-1F0', new errors.TemporarilyUnavailable(problem, { cause }));
  error.status = 503;
  error.statusCode = 503;
  return error;
}

/**
 * Runs a query. If the database is unreachable, throws {@link temporarilyUnavailable}, and this
 * request writes nothing.
 */
export async function callDatabase<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDeadConnection(error)) throw error;
    const unit = openUnit();
    if (unit) unit.failed = true;
    throw temporarilyUnavailable(error);
  }
}

/** Repeats a read once. A connection that died while idle reports it only at its next use. */
export async function readWithRetry<T>(work: () => Promise<T>): Promise<T> {
  return await callDatabase(async () => {
    try {
      return await work();
    } catch (error) {
      if (!isDeadConnection(error)) throw error;
      return await work();
    }
  });
}

/** The error for a client that lost a race. */
export function refusalOf(
  conflict: ArtifactConflict,
  unit: UnitOfWork,
  ctx: Context,
): errors.OIDCProviderError {
  switch (conflict.reason) {
    case 'consumed':
      return unit.consumedModels.includes('PushedAuthorizationRequest')
        ? refusedAt(
            'OIDC-1F1',
            new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used'),
          )
        : refusedAt('OIDC-1F2', new errors.InvalidGrant('already used'));
    case 'replayed':
      return isDpopReplay(conflict, ctx)
        ? refusedAt('OIDC-1F3', new errors.InvalidDpopProof('DPoP proof JWT Replay detected'))
        : refusedAt(
            'OIDC-1F4',
            new errors.InvalidClientAuth('client assertion tokens must only be used once'),
          );
    case 'session_over': {
      const problem = 'the session ended or moved on while this request was under way';
      return refusedAt('OIDC-1F5', new errors.SessionNotFound(problem));
    }
  }
}

/**
 * oidc-provider stores both kinds of proof in one model. The request shows which of them was
 * replayed.
 */
function isDpopReplay({ keys }: ArtifactConflict, ctx: Context): boolean {
  const proof = ctx.get('DPoP');
  const { oidc } = ctx as unknown as Partial<KoaContextWithOIDC>;
  if (!proof || !oidc) return false;
  const presenter = oidc.entities.AccessToken?.clientId ?? oidc.client?.clientId;
  // As ReplayDetection.unique of oidc-provider.
  const id = hash('sha256', `${presenter}${decodeJwt(proof).jti}`, 'base64url');
  return keys.includes(keyOf('ReplayDetection', id));
}

/** How to answer errors if oidc-provider did not handle the request. */
export interface Answering {
  readonly renderError?: RenderError | undefined;
  readonly report?: ReportRefusal | undefined;
}

/**
 * Answers `ctx` with `error`. Uses the OAuth form if oidc-provider handled the request, else a page
 * or a problem document.
 */
export async function answerWith(
  ctx: Context,
  error: unknown,
  { renderError, report }: Answering,
): Promise<void> {
  if ('oidc' in ctx) return await renderOAuthError(ctx, error);
  const known = error instanceof errors.OIDCProviderError && error.expose;
  const out = known
    ? { error: error.error, error_description: error.error_description ?? error.error }
    : { error: 'server_error', error_description: 'oops! something went wrong' };
  ctx.status = known ? error.statusCode : 500;
  if (known && !isOutage(error)) report?.(refusalIn(error));
  else ctx.app.emit('error', error, ctx);
  if (renderError && ctx.accepts('json', 'html') === 'html') await renderError(ctx, out, error);
  else ctx.body = out;
}
