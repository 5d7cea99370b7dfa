import type { Context, Middleware } from 'koa';
import type { JWK, KoaContextWithOIDC } from 'oidc-provider';

const FIVE_MINUTES = 'public, max-age=300';

interface Refined {
  readonly body: Record<string, unknown> & { keys?: JWK[]; client_secret?: unknown };
  readonly oidc?: KoaContextWithOIDC['oidc'];
}

/** An answer that is the same for all readers while this process lives. */
interface Published {
  readonly type: string;
  readonly json: Buffer;
}

/**
 * Small changes to oidc-provider's own answers, by route. `paths` names the routes of published
 * documents, which are built once.
 */
export function refineAnswers(
  publicJwks: readonly JWK[],
  paths: Readonly<Record<string, string>>,
): Middleware {
  const published = new Map<string, Published>();
  return async (ctx, next) => {
    // oidc-provider answers scripts of another origin, because it knows the CORS rules.
    const known =
      ctx.method === 'GET' && ctx.get('Origin') === ''
        ? published.get(paths[ctx.path] ?? '')
        : undefined;
    if (known) return publish(ctx, known);
    await next();
    const { oidc, body } = ctx as unknown as Refined;
    if (!oidc || ctx.status !== 200) return;
    if (oidc.route === 'jwks' || oidc.route === 'discovery') {
      // All answers share the provider's list, so it is copied and not extended.
      const whole =
        oidc.route === 'jwks' ? { ...body, keys: [...(body.keys ?? []), ...publicJwks] } : body;
      const type = ctx.response.get('content-type') || 'application/json; charset=utf-8';
      const made = published.get(oidc.route) ?? { type, json: Buffer.from(JSON.stringify(whole)) };
      published.set(oidc.route, made);
      publish(ctx, made);
    } else if (oidc.route === 'client') {
      delete body.client_secret; // only a hash is stored; this value is a placeholder
    }
  };
}

function publish(ctx: Context, { type, json }: Published): void {
  ctx.vary('Origin');
  ctx.set('access-control-allow-origin', '*');
  ctx.body = json;
  ctx.type = type;
  ctx.set('cache-control', FIVE_MINUTES);
}
