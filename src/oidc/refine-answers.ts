import type { Middleware } from 'koa';
import type { JWK, KoaContextWithOIDC } from 'oidc-provider';

const FIVE_MINUTES = 'public, max-age=300';

interface Refined {
  readonly body: Record<string, unknown> & { keys?: JWK[]; client_secret?: unknown };
  readonly oidc?: KoaContextWithOIDC['oidc'];
}

/** Small changes to oidc-provider's own answers, by route. */
export function refineAnswers(publicJwks: readonly JWK[]): Middleware {
  return async (ctx, next) => {
    await next();
    const { oidc, body } = ctx as unknown as Refined;
    if (!oidc || ctx.status !== 200) return;
    if (oidc.route === 'jwks') {
      body.keys = [...(body.keys ?? []), ...publicJwks]; // the provider's own list is shared by all answers: never add to it
      ctx.set('cache-control', FIVE_MINUTES);
    } else if (oidc.route === 'discovery') {
      ctx.set('cache-control', FIVE_MINUTES);
    } else if (oidc.route === 'client') {
      delete body.client_secret; // a hash is kept: what stands here is a placeholder
    }
  };
}
