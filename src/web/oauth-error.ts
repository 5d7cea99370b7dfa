import type { Context } from 'koa';

/**
 * Hands an OAuth error that a browser ran into to the page room, which answers it as a page (web.ts). Where nothing comes
 * after, the error stands as OAuth's own words.
 */
export function renderOAuthError(ctx: Context, out: { readonly error: string; readonly error_description?: string | undefined }): void {
  (ctx.state as { oauthError?: typeof out }).oauthError = out;
  ctx.type = 'application/json';
  ctx.body = out;
}
