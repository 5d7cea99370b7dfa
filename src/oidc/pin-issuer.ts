import type { Middleware } from 'koa';

/**
 * Builds every URL from the issuer: discovery, redirects, `htu` of DPoP, audiences of client
 * assertions. The Host header, forwarding headers and an absolute request target are ignored,
 * because the caller can choose them. It must run before any code reads cookies, because `secure`
 * also depends on the issuer.
 */
export function pinIssuer(issuer: string): Middleware {
  const { origin, host, protocol } = new URL(issuer);
  return async (ctx, next) => {
    const { pathname, search } = new URL(ctx.request.originalUrl, origin);
    Object.defineProperties(ctx.request, {
      protocol: { value: protocol.slice(0, -1) },
      host: { value: host },
      origin: { value: origin },
      href: { value: `${origin}${pathname}${search}` },
    });
    await next();
  };
}
