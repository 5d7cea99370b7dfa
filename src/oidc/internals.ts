import type { Context, Middleware, Next } from 'koa';
import {
  errors,
  type KoaContextWithOIDC,
  type Provider,
  type TokenEndpointGrantContext,
} from 'oidc-provider';
import { checkIdTokenHint } from 'oidc-provider/lib/actions/authorization/claims.js';
import authorization from 'oidc-provider/lib/actions/authorization/index.js';
import introspection from 'oidc-provider/lib/actions/introspection.js';
import token from 'oidc-provider/lib/actions/token.js';
import als from 'oidc-provider/lib/helpers/als.js';
import { checkDpopReplay, validateDpop } from 'oidc-provider/lib/helpers/grants.js';
import instance from 'oidc-provider/lib/helpers/weak_cache.js';
import assembleParams from 'oidc-provider/lib/shared/assemble_params.js';
import authorizationErrorHandler from 'oidc-provider/lib/shared/authorization_error_handler.js';
import checkRar from 'oidc-provider/lib/shared/check_rar.js';
import clientAuth, { getClientAuthParams } from 'oidc-provider/lib/shared/client_auth.js';
import errorHandler from 'oidc-provider/lib/shared/error_handler.js';
import noCache from 'oidc-provider/lib/shared/no_cache.js';
import rejectDupes from 'oidc-provider/lib/shared/reject_dupes.js';
import rejectStructuredTokens from 'oidc-provider/lib/shared/reject_structured_tokens.js';
import { urlencoded } from 'oidc-provider/lib/shared/selective_body.js';
import setWWWAuthenticateHeader from 'oidc-provider/lib/shared/set_www_authenticate_header.js';
import { checkDetailsList } from './details-list.ts';
import { refusedAt } from './refusals.ts';

/** A request whose client oidc-provider has authenticated. */
export type ClientContext = TokenEndpointGrantContext;
export type ClientHandler = (ctx: ClientContext) => Promise<void>;

/**
 * Adds a POST route for clients with a form body and only the given `params`. It authenticates
 * clients as the token endpoint does, and checks DPoP for this URL. It checks RAR if
 * `authorization_details` is a parameter. Errors are OAuth errors.
 */
export function addClientAuthenticatedRoute(
  provider: Provider,
  route: { readonly name: string; readonly path: string; readonly params: readonly string[] },
  handler: ClientHandler,
): void {
  const stack: Middleware[] = [
    openOidcContext(provider),
    errorHandler(`${route.name}.error`),
    noCache,
    urlencoded,
    (ctx, next) =>
      assembleParams(new Set([...route.params, ...getClientAuthParams(ctx)]), ctx, next),
    ...clientAuth,
    (ctx, next) => rejectDupes({}, ctx, next),
    ...(route.params.includes('authorization_details') ? [checkDetailsFirst, checkRar] : []),
    async (ctx) => await handler(ctx as unknown as ClientContext),
  ];
  instance(provider).router.post(route.name, route.path, ...stack);
}

/** The first step of oidc-provider's own routes (initialize_app.js, `ensureOIDC`). */
function openOidcContext(provider: Provider): Middleware {
  const { OIDCContext } = provider as unknown as { OIDCContext: new (ctx: Context) => unknown };
  return (ctx, next) => {
    const oidc = new OIDCContext(ctx);
    Object.defineProperty(ctx, 'oidc', { value: oidc });
    return als.run(ctx, () => next());
  };
}

/**
 * The key that the request proves to hold (RFC 9449), or undefined without a proof. The request
 * uses the proof up. A replay is refused at the latest when the request's writes are flushed.
 */
export async function provenKey(
  provider: Provider,
  ctx: ClientContext,
  ErrorClass?: new (...args: never[]) => errors.OIDCProviderError,
): Promise<{ readonly thumbprint: string } | undefined> {
  const proof = await validateDpop(provider, ctx);
  if (!proof) return undefined;
  await checkDpopReplay(provider, ctx, proof, ctx.oidc.client.clientId, ErrorClass as undefined);
  return { thumbprint: proof.thumbprint };
}

/** Tokens of other issuers that the introspection endpoint also answers for. */
export interface StructuredTokens {
  /** Checks the bare token, before any verification. */
  isOurs(token: string): boolean;
  /** The introspection response (RFC 7662 §2.2); the client is authenticated. */
  answer(ctx: ClientContext, token: string): Promise<Record<string, unknown>>;
}

const structured = new WeakMap<Provider, StructuredTokens>();
const ours = new WeakSet<Context>();

/**
 * Makes the introspection endpoint accept `tokens`. By default it refuses JWTs. It can sign the
 * answer (RFC 9701), as for any token.
 */
export function letStructuredTokensThrough(provider: Provider, tokens: StructuredTokens): void {
  structured.set(provider, tokens);
}

function presentedToken(ctx: Context): string {
  return (ctx as unknown as KoaContextWithOIDC).oidc.params?.token as string;
}

function rulesFor(ctx: Context): StructuredTokens | undefined {
  return structured.get((ctx as unknown as KoaContextWithOIDC).oidc.provider);
}

// oidc-provider copies the steps into its router when a Provider is made. This module is evaluated
// once, before that.
function stepAt(steps: readonly Middleware[], found: (step: Middleware) => boolean): number {
  const at = steps.findIndex(found);
  if (at < 0) throw new Error('oidc-provider changed the steps of an endpoint; see internals.ts');
  return at;
}

function checkDetailsFirst(ctx: Context, next: Next): Promise<void> {
  checkDetailsList((ctx as unknown as KoaContextWithOIDC).oidc.params?.authorization_details);
  return next();
}
for (const steps of [
  authorization('authorization'),
  authorization('pushed_authorization_request'),
  token,
]) {
  const at = stepAt(steps, (step) => step === checkRar);
  steps.splice(at, 0, checkDetailsFirst);
}

/** Turns the ID token of a platform into a start (R48). Undefined: it is not one that counts. */
export type StartByHint = (ctx: ClientContext, idToken: string) => Promise<string | undefined>;

const byHint = new WeakMap<Provider, StartByHint>();

/**
 * Makes pushed requests take an `id_token_hint` of a platform: they carry the parameter `start`
 * instead. Only there is it known which client sends it. By default only our own ID tokens count.
 */
export function takeHints(provider: Provider, start: StartByHint): void {
  byHint.set(provider, start);
}

const pushed = authorization('pushed_authorization_request');
pushed[stepAt(pushed, (step) => step === checkIdTokenHint)] = async (ctx: Context, next: Next) => {
  const { params, provider } = (ctx as unknown as ClientContext).oidc;
  const hint = params?.id_token_hint;
  const start = typeof hint === 'string' ? byHint.get(provider) : undefined;
  const ticket = await start?.(ctx as unknown as ClientContext, String(hint));
  if (ticket === undefined || !params) return await checkIdTokenHint(ctx, next);
  params.id_token_hint = undefined;
  params.start = ticket;
  return await next();
};

// RFC 6749 §5.2: a client that may not use a grant type gets `unauthorized_client`. oidc-provider
// answers `invalid_request`.
const allowed = stepAt(token, ({ name }) => name === 'allowedGrantTypeCheck');
const checkAllowed = token[allowed] as Middleware;
token[allowed] = async (ctx: Context, next: Next) => {
  try {
    await checkAllowed(ctx, async () => {});
  } catch (error) {
    if (!(error instanceof errors.InvalidRequest)) throw error;
    throw refusedAt('OIDC-1T0', new errors.UnauthorizedClient(error.error_description));
  }
  await next();
};

const refuse = stepAt(introspection, (step) => step === rejectStructuredTokens);
const render = introspection[
  stepAt(introspection, ({ name }) => name === 'renderTokenResponse')
] as Middleware;

introspection[refuse] = async (ctx: Context, next: Next) => {
  if (!rulesFor(ctx)?.isOurs(presentedToken(ctx))) return await rejectStructuredTokens(ctx, next);
  ours.add(ctx);
  await next();
};
introspection[introspection.length - 1] = async (ctx: Context, next: Next) => {
  const tokens = ours.has(ctx) ? rulesFor(ctx) : undefined;
  if (!tokens) return await render(ctx, next);
  ctx.body = await tokens.answer(ctx as unknown as ClientContext, presentedToken(ctx));
};

/** The event that reports a route's refusals. */
const REFUSED: Readonly<Record<string, string>> = {
  token: 'grant.error',
  registration: 'registration_create.error',
  client: 'registration_read.error',
};

/**
 * Answers a request with `error`, as the route itself would. The earlier answer must be removed
 * first.
 */
export async function renderOAuthError(ctx: Context, error: unknown): Promise<void> {
  const { route } = (ctx as unknown as KoaContextWithOIDC).oidc;
  const fail: Next = async () => {
    throw error;
  };
  if (route === 'authorization' || route === 'resume')
    return await authorizationErrorHandler(ctx, fail);
  const handle = errorHandler(REFUSED[route] ?? `${route}.error`);
  if (route !== 'userinfo') return await handle(ctx, fail);
  await handle(ctx, () => setWWWAuthenticateHeader()(ctx, fail));
}
