import type { Context, Middleware } from 'koa';
import { pathOf } from './kernel/issuer.ts';

const DISCOVERY = '/.well-known/openid-configuration';
const METADATA = '/.well-known/oauth-authorization-server';

/**
 * Takes the issuer's path off each request, and puts it in front of each redirect within the
 * server. So no other code knows it, but what writes cookies and pages. The metadata is also where
 * RFC 8414 §3.1 has it: the path comes after `/.well-known/…`.
 */
export function mountAt(issuer: string): Middleware {
  const prefix = pathOf(issuer);
  const metadata = new Set([
    `${METADATA}${prefix}`,
    `${prefix}${METADATA}`,
    `${DISCOVERY}${prefix}`,
  ]);
  return async (ctx, next) => {
    const { path } = ctx;
    const local = metadata.has(path) ? DISCOVERY : localPath(path, prefix);
    // Pages link to their own path, and a browser takes `//host` for another server.
    if (local === undefined || /^\/[/\\]/.test(local)) return notFound(ctx);
    if (local !== path) ctx.path = local; // Koa writes the whole address anew for it
    if (prefix === '') return await next();
    ctx.mountPath = prefix; // oidc-provider builds its addresses with it
    await next();
    const location = ctx.response.get('Location');
    if (/^\/(?!\/)/.test(location)) ctx.set('Location', `${prefix}${location}`);
  };
}

/** Undefined: the path is not within the issuer's. */
function localPath(path: string, prefix: string): string | undefined {
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

function notFound(ctx: Context): void {
  ctx.status = 404;
  ctx.body = 'Not Found';
}
