import type { Middleware } from 'koa';

/**
 * Every URL that is told follows the issuer, never the Host header (which is the caller's to
 * choose), the forwarding headers or an absolute request target: discovery, redirects, `htu` of
 * DPoP, audiences of client assertions. Goes before whatever reads cookies, because whether they
 * are `secure` follows the issuer too.
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
