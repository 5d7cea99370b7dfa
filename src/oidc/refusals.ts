import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { type Refusal, type ReportRefusal, refusal } from '../kernel/refusals.ts';

type Kept = Pick<Refusal, 'site' | 'detail'>;
const kept = new WeakMap<Error, Kept>();

/** Adds to an OAuth error the site of the line that throws it. */
export function refusedAt<E extends errors.OIDCProviderError>(
  site: string,
  error: E,
  detail?: Refusal['detail'],
): E {
  kept.set(error, detail === undefined ? { site } : { site, detail });
  return error;
}

/**
 * The events of OAuth errors, one per route (oidc-provider `lib/helpers/initialize_app.js`).
 * `binding_request.error` is for Bindery's own route.
 */
export const ERROR_EVENTS = [
  'authorization.error',
  'binding_request.error',
  'discovery.error',
  'end_session.error',
  'end_session_confirm.error',
  'end_session_success.error',
  'grant.error',
  'introspection.error',
  'jwks.error',
  'pushed_authorization_request.error',
  'registration_create.error',
  'registration_read.error',
  'revocation.error',
  'userinfo.error',
] as const;

/**
 * Reports every OAuth error that the provider answers with. An outage is a server error and not a
 * refusal.
 *
 * Where a request of /auth is wrong and its redirect_uri too, oidc-provider emits both errors at
 * once and answers with the last (`lib/shared/authorization_error_handler.js`). So the report waits
 * until both were emitted.
 */
export function reportErrors(provider: Provider, report: ReportRefusal): void {
  const last = new WeakMap<KoaContextWithOIDC, errors.OIDCProviderError>();
  const reportLast = (ctx: KoaContextWithOIDC): void => {
    const error = last.get(ctx);
    if (!error) return;
    last.delete(ctx);
    if (isOutage(error)) provider.emit('server_error', ctx, error);
    else report(refusalIn(error, ctx));
  };
  for (const event of ERROR_EVENTS) {
    provider.on(
      event as 'grant.error',
      (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError) => {
        last.set(ctx, error);
        queueMicrotask(() => reportLast(ctx));
      },
    );
  }
}

export function isOutage(error: errors.OIDCProviderError): boolean {
  return error.statusCode >= 500;
}

/**
 * The refusal behind an OAuth error. Its description is left out, because oidc-provider quotes the
 * request in some. If oidc-provider refused, the site is its own line.
 */
export function refusalIn(error: Error, ctx?: Partial<KoaContextWithOIDC>): Refusal {
  const found = kept.get(error) ??
    causeOf(error) ??
    refusalOnPage(error, ctx) ?? { site: lineOf(error) };
  const clientId = ctx?.oidc?.client?.clientId;
  const client = clientId === undefined ? {} : { client: clientId };
  return refusal('error' in error ? String(error.error) : 'server_error', found.site, {
    ...client,
    ...found.detail,
  });
}

function causeOf({ cause }: Error): Kept | undefined {
  return cause instanceof Error ? kept.get(cause) : undefined;
}

/**
 * A page ended the interaction. oidc-provider throws the error, and the result names the page's
 * line.
 */
function refusalOnPage(
  { name }: Error,
  ctx: Partial<KoaContextWithOIDC> | undefined,
): Kept | undefined {
  const site = ctx?.oidc?.entities.Interaction?.result?.site;
  return name === 'AccessDenied' && typeof site === 'string' ? { site } : undefined;
}

/**
 * Where an error was made: a path in its package and a line, such as
 * `oidc-provider/lib/shared/client_auth.js:120`.
 */
function lineOf({ stack = '' }: Error): string {
  const [, line] = /node_modules\/((?:[\w.@-]+\/)+[\w.-]+:\d+):\d+\)?$/m.exec(stack) ?? [];
  return line ?? 'unknown';
}

/** The codes that oidc-provider's errors can have. */
export const OAUTH_ERRORS: readonly string[] = codesOf(errors);

function codesOf(classes: object): readonly string[] {
  const made = Object.values(classes).map(
    (Made: new (text: string) => { readonly error: string }) => new Made('').error,
  );
  return [...new Set(made)].filter((code) => typeof code === 'string' && code !== '');
}
