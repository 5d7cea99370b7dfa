import Router from '@koa/router';
import type { Middleware } from 'koa';
import { adminRoutes } from './admin/admin.routes.ts';
import type { ApiDeps } from './deps.ts';
import { openapiRoutes } from './openapi.routes.ts';
import { statusRoutes } from './status.routes.ts';
import { verificationRoutes } from './verification.routes.ts';

/** All routes for programs. Passes on paths that are not its own. */
export function makeApi(deps: ApiDeps): Middleware {
  const router = new Router();
  for (const routes of [statusRoutes, verificationRoutes, adminRoutes, openapiRoutes])
    routes(router, deps);
  return router.routes() as unknown as Middleware;
}
