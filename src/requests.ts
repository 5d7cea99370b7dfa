import type { Context, Middleware } from 'koa';
import {
  isRequestId,
  newRequestId,
  type RequestContext,
  withinRequest,
} from './kernel/request-context.ts';

const HEADER = 'x-request-id';

const contexts = new WeakMap<Context, RequestContext>();

/**
 * Opens the request's context, in which every log line carries its id, and gives the id back in
 * `x-request-id`. A trusted proxy's own id is kept, so that its log and ours lead to each other;
 * anybody else's is not.
 */
export function openRequest({ trustProxy }: { readonly trustProxy: boolean }): Middleware {
  return async (ctx, next) => {
    const given = trustProxy ? ctx.get(HEADER) : '';
    const requestId = isRequestId(given) ? given : newRequestId();
    const context = { requestId, route: () => routeOf(ctx) };
    contexts.set(ctx, context);
    ctx.set(HEADER, requestId);
    try {
      await withinRequest(context, next);
    } catch (error) {
      // Koa answers an error that nobody caught with the error's headers alone.
      if (error instanceof Error)
        Object.assign(error, { headers: { ...headersOf(error), [HEADER]: requestId } });
      throw error;
    }
  };
}

/**
 * Does `work` in the context of the request that `ctx` is of: Koa reports errors when that context
 * is closed.
 */
export function withinRequestOf(ctx: Context | undefined, work: () => void): void {
  const context = ctx && contexts.get(ctx);
  if (context) withinRequest(context, work);
  else work();
}

function routeOf(ctx: Context): string | undefined {
  const { _matchedRoute: route } = ctx as { readonly _matchedRoute?: unknown };
  return typeof route === 'string' ? route : undefined;
}

function headersOf(error: Error): object {
  return 'headers' in error && typeof error.headers === 'object' && error.headers !== null
    ? error.headers
    : {};
}
