import type { Context, Middleware } from 'koa';
import type { JWK, KoaContextWithOIDC } from 'oidc-provider';

const FIVE_MINUTES = 'public, max-age=300';

interface Refined {
  readonly body: Record<string, unknown> & { keys?: JWK[]; client_secret?: unknown };
  readonly oidc?: KoaContextWithOIDC['oidc'];
}

/** Small changes to oidc-provider's own answers, by route. */
export function refineAnswers(publicJwks: readonly JWK[]): Middleware {
  const written = new Map<string, Buffer>();
  /** What every reader gets alike and nothing changes while this process lives is put into JSON once. */
  const once = (route: string, make: () => unknown): Buffer => {
    const known = written.get(route) ?? Buffer.from(JSON.stringify(make()));
    written.set(route, known);
    return known;
  };
  return async (ctx, next) => {
    await next();
    const { oidc, body } = ctx as unknown as Refined;
    if (!oidc || ctx.status !== 200) return;
    if (oidc.route === 'jwks') {
      // The provider's own list is shared by all answers: it is copied, never added to.
      answerJson(
        ctx,
        once(oidc.route, () => ({ ...body, keys: [...(body.keys ?? []), ...publicJwks] })),
      );
      ctx.set('cache-control', FIVE_MINUTES);
    } else if (oidc.route === 'discovery') {
      answerJson(
        ctx,
        once(oidc.route, () => body),
      );
      ctx.set('cache-control', FIVE_MINUTES);
    } else if (oidc.route === 'client') {
      delete body.client_secret; // a hash is kept: what stands here is a placeholder
    }
  };
}

function answerJson(ctx: Context, json: Buffer): void {
  const type = ctx.response.get('content-type') || 'application/json; charset=utf-8';
  ctx.body = json;
  ctx.type = type;
}
