import { bodyParser } from '@koa/bodyparser';
import type { Context, Middleware } from 'koa';
import { type Result, refusal } from '../../kernel/refusals.ts';
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
    if (!isSameOrigin(ctx, pages.issuer))
      return pages.errorPage(ctx, refusal('forged_form', 'WEB-1F0'));
    if (!ctx.is('application/x-www-form-urlencoded'))
      return pages.errorPage(ctx, refusal('bad_form', 'WEB-1F1'));
    await parse(ctx, async () => {});
    if (!sentBrowserName(ctx, pages.cookies))
      return pages.errorPage(ctx, refusal('cookies_missing', 'WEB-1F2'));
    if (!isCsrfToken(pages.secrets, browserName(ctx, pages.cookies), field(ctx, 'csrf'))) {
      return pages.errorPage(ctx, refusal('forged_form', 'WEB-1F3'));
    }
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
  result: Result<object, ErrorPageCode>,
): void {
  const body = result.ok ? result.value : pages.notice(ctx, result.refusal);
  secure(ctx);
  ctx.status = result.ok ? 200 : ERROR_PAGES[result.refusal.code].status;
  ctx.body = { ...body };
}
