import type Router from '@koa/router';
import type { Context } from 'koa';
import { refusal } from '../kernel/refusals.ts';
import { listOf } from './list-users.ts';
import type { Routing } from './routing.ts';
import { configAt, resourceTypesAt, schemasAt } from './schemas.ts';
import type { Resource } from './user.ts';

/** What the server can do (RFC 7644 §4). It is the same for everybody, so no token is needed. */
export function discoveryRoutes(router: Router, { base, answer, refused }: Routing): void {
  const serve = (ctx: Context, resource: Resource): void => {
    if (ctx.query.filter === undefined) answer(ctx, resource);
    else refused(ctx, refusal('no_filter_here', 'SCIM-4D0'));
  };

  router.get('/ServiceProviderConfig', (ctx) => serve(ctx, configAt(base)));

  for (const [path, resources] of [
    ['/Schemas', schemasAt(base)],
    ['/ResourceTypes', resourceTypesAt(base)],
  ] as const) {
    router.get(path, (ctx) => serve(ctx, listOf(resources)));
    router.get(`${path}/:id`, (ctx) => {
      const found = resources.find(({ id }) => id === ctx.params.id);
      if (found) serve(ctx, found);
      else refused(ctx, refusal('unknown_resource', 'SCIM-4D1'));
    });
  }
}
