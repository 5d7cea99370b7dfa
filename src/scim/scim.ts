import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { type Refusal, refusal } from '../kernel/refusals.ts';
import { challengeOf } from '../oidc/bearer.ts';
import { isDeadConnection } from '../store/database.ts';
import type { Keeper, ScimDeps } from './deps.ts';
import { discoveryRoutes } from './discovery.routes.ts';
import type { Routing } from './routing.ts';
import { errorBody, SCIM_ERRORS, type ScimCode } from './scim-errors.ts';
import type { Resource } from './user.ts';
import { usersRoutes } from './users.routes.ts';

const PREFIX = '/scim/v2';
const SCOPE = 'accounts:write';

/** SCIM 2.0 (RFC 7643, RFC 7644): how a platform keeps its accounts (R47, docs/scim.md). */
export function makeScim(deps: ScimDeps): Middleware {
  const router = new Router({ prefix: PREFIX });
  const routing: Routing = {
    deps,
    base: `${deps.issuer}${PREFIX}`,
    admit: async (ctx) => await admit(deps, ctx),
    answer,
    refused: (ctx, refused) => refuseWith(deps, ctx, refused),
  };
  router.all('/Me', (ctx) => refuseWith(deps, ctx, refusal('not_implemented', 'SCIM-4S0')));
  discoveryRoutes(router, routing);
  usersRoutes(router, routing);
  // @koa/router has a type of its own for the context; at run time it is Koa's.
  const routes = router.routes() as unknown as Middleware;

  return async (ctx, next) => {
    if (ctx.path !== PREFIX && !ctx.path.startsWith(`${PREFIX}/`)) return await next();
    // What is here is for one client, and for no script of a page.
    ctx.set('Cache-Control', 'no-store');
    ctx.set('X-Content-Type-Options', 'nosniff');
    try {
      await routes(ctx, async () => refuseWith(deps, ctx, unknownPath(router, ctx)));
    } catch (error) {
      answerFailure(ctx, error);
    }
  };
}

async function admit(deps: ScimDeps, ctx: Context): Promise<Keeper | undefined> {
  const caller = await deps.bearer(ctx, SCOPE);
  if (!caller.ok) {
    ctx.set('WWW-Authenticate', challengeOf(caller.refusal.code, SCOPE));
    refuseWith(deps, ctx, caller.refusal);
    return undefined;
  }
  const { clientId, platform, believed, accountId } = caller.value;
  // A platform keeps accounts by itself: no person lends it the right.
  if (platform !== null && accountId === null) return { clientId, platform, believed };
  refuseWith(deps, ctx, refusal('no_platform', 'SCIM-4S1', { client: clientId }));
  return undefined;
}

function answer(ctx: Context, resource: Resource): void {
  ctx.body = JSON.stringify(resource);
  ctx.type = 'application/scim+json; charset=utf-8';
}

function refuseWith({ report }: ScimDeps, ctx: Context, refused: Refusal<ScimCode>): void {
  report(refused);
  ctx.status = SCIM_ERRORS[refused.code].status;
  answer(ctx, { ...errorBody(refused) });
}

function unknownPath(router: Router, ctx: Context): Refusal<ScimCode> {
  const { path } = router.match(ctx.path, ctx.method);
  const methods = [...new Set(path.flatMap((layer) => layer.methods))];
  if (methods.length === 0) return refusal('unknown_endpoint', 'SCIM-4S2');
  ctx.set('Allow', methods.join(', '));
  return refusal('wrong_method', 'SCIM-4S3');
}

/** An outage or a bug: neither is a refusal, so it is an error in the log. */
function answerFailure(ctx: Context, error: unknown): void {
  const isDown =
    isDeadConnection(error) || (error as { status?: unknown } | undefined)?.status === 503;
  const code = isDown ? 'database_down' : 'failed';
  ctx.app.emit('error', error, ctx);
  ctx.status = SCIM_ERRORS[code].status;
  answer(ctx, { ...errorBody({ code, site: 'SCIM-4S4' }) });
}
