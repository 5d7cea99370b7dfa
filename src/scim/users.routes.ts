import type Router from '@koa/router';
import type { Context } from 'koa';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { parseBulk } from './bulk.ts';
import { closeUser, matches, patchUser, replaceUser } from './change-user.ts';
import { createUser } from './create-user.ts';
import type { Keeper } from './deps.ts';
import { listUsers } from './list-users.ts';
import { parseAsked, parseProjection } from './page.ts';
import { project } from './projection.ts';
import { readBody } from './read-body.ts';
import type { Routing } from './routing.ts';
import { runBulk } from './run-bulk.ts';
import type { ScimCode } from './scim-errors.ts';
import { isObject, resourceOf, type User, versionOf } from './user.ts';
import { findUser } from './users.store.ts';

const SEARCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

/** `/Users`, `/.search` and `/Bulk` (RFC 7644 §3): each for the accounts of the client's platform. */
export function usersRoutes(router: Router, { deps, base, admit, answer, refused }: Routing): void {
  /** The projection is read first, so that a bad one changes nothing. */
  const withUser = async (
    ctx: Context,
    work: (keeper: Keeper) => Promise<Result<User, ScimCode>>,
  ): Promise<void> => {
    const keeper = await admit(ctx);
    if (!keeper) return;
    const asked = parseProjection(ctx.query);
    const user = asked.ok ? await work(keeper) : asked;
    if (!asked.ok || !user.ok) return void (user.ok || refused(ctx, user.refusal));
    ctx.set('ETag', versionOf(user.value));
    if (
      ctx.method === 'GET' &&
      ctx.get('If-None-Match') !== '' &&
      matches(ctx.get('If-None-Match'), user.value)
    ) {
      ctx.status = 304;
      return;
    }
    if (ctx.method === 'POST') ctx.status = 201;
    ctx.set('Location', `${base}/Users/${user.value.id}`);
    answer(ctx, project(resourceOf(user.value, base), asked.value));
  };
  const list = async (ctx: Context, keeper: Keeper, said: Readonly<Record<string, unknown>>) => {
    const asked = parseAsked(said);
    if (!asked.ok) return refused(ctx, asked.refusal);
    const listed = await listUsers(deps, keeper, { asked: asked.value, base });
    if (listed.ok) answer(ctx, listed.value);
    else refused(ctx, listed.refusal);
  };
  const targetOf = (ctx: Context) => ({
    id: String(ctx.params.id),
    ifMatch: ctx.get('If-Match') || undefined,
  });

  router.get('/Users', async (ctx) => {
    const keeper = await admit(ctx);
    if (keeper) await list(ctx, keeper, ctx.query);
  });

  router.post(['/.search', '/Users/.search'], async (ctx) => {
    const keeper = await admit(ctx);
    if (!keeper) return;
    const said = await searchOf(ctx);
    if (said.ok) await list(ctx, keeper, said.value);
    else refused(ctx, said.refusal);
  });

  router.post('/Users', async (ctx) => {
    await withUser(ctx, async (keeper) => {
      const body = await readBody(ctx);
      return body.ok ? await createUser(deps, keeper, body.value) : body;
    });
  });

  router.get('/Users/:id', async (ctx) => {
    await withUser(ctx, async ({ platform }) => {
      const user = await findUser(deps.db, platform, String(ctx.params.id));
      return user ? ok(user) : refuse('unknown_resource', 'SCIM-4U0');
    });
  });

  for (const [method, save] of [
    ['put', replaceUser],
    ['patch', patchUser],
  ] as const)
    router[method]('/Users/:id', async (ctx) => {
      await withUser(ctx, async (keeper) => {
        const body = await readBody(ctx);
        if (!body.ok) return body;
        return await save(deps, keeper, { ...targetOf(ctx), body: body.value });
      });
    });

  router.delete('/Users/:id', async (ctx) => {
    const keeper = await admit(ctx);
    if (!keeper) return;
    const closed = await closeUser(deps, keeper, targetOf(ctx));
    if (closed.ok) ctx.status = 204;
    else refused(ctx, closed.refusal);
  });

  router.post('/Bulk', async (ctx) => {
    const keeper = await admit(ctx);
    if (!keeper) return;
    const body = await readBody(ctx);
    const bulk = body.ok ? parseBulk(body.value) : body;
    if (!bulk.ok) return refused(ctx, bulk.refusal);
    answer(ctx, await runBulk(deps, keeper, { bulk: bulk.value, base }));
  });
}

async function searchOf(
  ctx: Context,
): Promise<Result<Readonly<Record<string, unknown>>, ScimCode>> {
  const body = await readBody(ctx);
  if (!body.ok) return body;
  const { value } = body;
  return isObject(value) && Array.isArray(value.schemas) && value.schemas.includes(SEARCH_SCHEMA)
    ? ok(value)
    : refuse('invalid_syntax', 'SCIM-4U1', { field: 'schemas' });
}
