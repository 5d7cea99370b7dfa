import { bodyParser } from '@koa/bodyparser';
import type { Context, Middleware } from 'koa';
import { isCsrfToken, isSameOrigin } from './csrf.ts';
import { ERROR_PAGES, type ErrorPageCode } from './error-pages.ts';
import { field } from './field.ts';
import type { Pages } from './pages.ts';
import { secure } from './security-headers.ts';
import { browserName, sentBrowserName } from './visitor.ts';

export { field };

/** The largest form is a sign-in. 8 KB is enough for any password that a person types. */
const LIMIT = '8kb';

const parse = bodyParser({ enableTypes: ['form'], formLimit: LIMIT });

/** Reads a form, and lets only forms of our own pages pass. Others get an error page. */
export function formGuard(pages: Pages): Middleware {
  return async (ctx, next) => {
    if (!isSameOrigin(ctx, pages.issuer)) return pages.errorPage(ctx, 'forged_form');
    if (!ctx.is('application/x-www-form-urlencoded')) return pages.errorPage(ctx, 'bad_form');
    await parse(ctx, async () => {});
    if (!sentBrowserName(ctx, pages.cookies)) return pages.errorPage(ctx, 'cookies_missing');
    if (!isCsrfToken(pages.secrets, browserName(ctx, pages.cookies), field(ctx, 'csrf')))
      return pages.errorPage(ctx, 'forged_form');
    await next();
  };
}

export function decision(ctx: Context): 'approve' | 'refuse' | undefined {
  const value = field(ctx, 'decision');
  return value === 'approve' || value === 'refuse' ? value : undefined;
}

/** Answers a form that passkeys.js sent: the value as JSON, or a notice to show. */
export function answerScript(
  pages: Pages,
  ctx: Context,
  result:
    | { readonly ok: true; readonly value: object }
    | { readonly ok: false; readonly refusal: { readonly code: ErrorPageCode } },
): void {
  const body = result.ok ? result.value : pages.notice(ctx, result.refusal.code);
  secure(ctx);
  ctx.status = result.ok ? 200 : ERROR_PAGES[result.refusal.code].status;
  ctx.body = { ...body };
}
