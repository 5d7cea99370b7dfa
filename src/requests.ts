import type { Context, Middleware } from 'koa';
import {
  isRequestId,
  newRequestId,
  type RequestContext,
  withinRequest,
} from './kernel/request-context.ts';

const HEADER = 'x-request-id';

/** Where a Koa context keeps that of its request. A WeakMap would cost the garbage collector more. */
const CONTEXT = Symbol('request context');

type WithContext = Context & { [CONTEXT]?: RequestContext };

/**
 * Opens the request's context, so that every log line has its id, and returns the id in
 * `x-request-id`. An id from a trusted proxy is kept, so that both logs can be matched. Other ids
 * are ignored.
 */
export function openRequest({ trustProxy }: { readonly trustProxy: boolean }): Middleware {
  return async (ctx, next) => {
    const given = trustProxy ? ctx.get(HEADER) : '';
    const requestId = isRequestId(given) ? given : newRequestId();
    const context = { requestId, route: () => routeOf(ctx) };
    (ctx as WithContext)[CONTEXT] = context;
    ctx.set(HEADER, requestId);
    try {
      await withinRequest(context, next);
    } catch (error) {
      // For an uncaught error, Koa sends only the headers of the error itself.
      if (error instanceof Error)
        Object.assign(error, { headers: { ...headersOf(error), [HEADER]: requestId } });
      throw error;
    }
  };
}

/**
 * Runs `work` in the context of the request of `ctx`. Koa reports errors after that context is
 * closed.
 */
export function withinRequestOf(ctx: Context | undefined, work: () => void): void {
  const context = (ctx as WithContext | undefined)?.[CONTEXT];
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
