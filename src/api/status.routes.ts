import type Router from '@koa/router';
import { refusal } from '../kernel/refusals.ts';
import { STATUS_TTL_SECONDS } from '../tokens/status-list.ts';
import type { ApiDeps } from './deps.ts';

const KEEP = `public, max-age=${STATUS_TTL_SECONDS}`;

/**
 * OAuth Token Status Lists of binding tokens (docs/protocol.md#status-list). They are public and
 * can be cached.
 */
export function statusRoutes(router: Router, { statusLists, report }: ApiDeps): void {
  router.get('/status', async (ctx) => {
    ctx.set('Cache-Control', KEEP);
    ctx.set('Access-Control-Allow-Origin', '*');
    ctx.body = await statusLists.aggregate();
  });

  router.get('/status/:id', async (ctx) => {
    const id = /^\d{1,9}$/.test(String(ctx.params.id)) ? Number(ctx.params.id) : undefined;
    const list = id === undefined ? undefined : await statusLists.read(id);
    ctx.set('Access-Control-Allow-Origin', '*');
    if (!list) {
      report(refusal('unknown_list', 'API-1S0'));
      ctx.status = 404;
      ctx.type = 'application/problem+json';
      ctx.body = {
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: 'There is no status list of this number.',
      };
      return;
    }
    ctx.set('Cache-Control', KEEP);
    ctx.type = 'application/statuslist+jwt';
    ctx.set('ETag', list.tag);
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    ctx.body = list.token;
  });
}
