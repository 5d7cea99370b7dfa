import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { StatusLists } from '../tokens/status-list.ts';
import { openapiRoutes } from './openapi.routes.ts';
import { statusRoutes } from './status.routes.ts';

export interface ApiDeps {
  readonly issuer: string;
  readonly statusLists: StatusLists;
}

/** Bindery for programs. Passes on what is not its own. */
export function makeApi(deps: ApiDeps): Middleware {
  const router = new Router();
  for (const routes of [statusRoutes, openapiRoutes]) routes(router, deps);
  return router.routes() as unknown as Middleware;
}
