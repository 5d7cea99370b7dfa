import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { ScannerUnavailable } from '../documents/ports/virus-scanner.ts';
import { refusal } from '../kernel/refusals.ts';
import { isDeadConnection } from '../store/database.ts';
import { accountPages } from './account.pages.ts';
import { approvalSessionPages } from './approval-session.pages.ts';
import { bindPages } from './bind.pages.ts';
import { boardPages } from './board.pages.ts';
import { casePages } from './case.pages.ts';
import { correctionPages } from './correction.pages.ts';
import { declarationPages } from './declaration.pages.ts';
import { depositPages } from './deposit.pages.ts';
import type { WebDeps } from './deps.ts';
import type { ErrorPageCode } from './error-pages.ts';
import { frontPages } from './front.pages.ts';
import { gradesPages } from './grades.pages.ts';
import { interactionPages } from './interaction.pages.ts';
import { noticesPages } from './notices.pages.ts';
import { operatorPages } from './operator.pages.ts';
import { ownDataPages } from './own-data.pages.ts';
import { Pages } from './pages.ts';
import { provePages } from './prove.pages.ts';
import { refusalsPages } from './refusals.pages.ts';
import { reviewPages } from './review.pages.ts';
import { securityPages } from './security.pages.ts';
import { signInPages } from './sign-in.pages.ts';
import { signingPages } from './signing.pages.ts';
import { submissionPages } from './submission.pages.ts';
import { verificationPages } from './verification.pages.ts';

/** In this order a path is looked for. */
const GROUPS = [
  frontPages,
  bindPages,
  approvalSessionPages,
  provePages,
  signInPages,
  interactionPages,
  accountPages,
  gradesPages,
  verificationPages,
  declarationPages,
  depositPages, // before the pages of every kind of evidence, of which its own is one
  submissionPages,
  noticesPages,
  ownDataPages,
  securityPages,
  correctionPages,
  refusalsPages,
  reviewPages,
  signingPages,
  casePages,
  operatorPages,
  boardPages,
] as const;

/** Bindery for people: every page, its assets, and a page for whatever goes wrong. Passes on what is not its own. */
export function makeWeb(deps: WebDeps): Middleware {
  const pages = new Pages(deps);
  const router = new Router();
  for (const group of GROUPS) group(router, pages, deps);
  const routes = router.routes() as unknown as Middleware; // @koa/router types its own context; at run time it is Koa's

  return async (ctx, next) => {
    if (ctx.path.startsWith('/assets/') && pages.assets.serve(ctx)) return;
    let ours = true;
    try {
      await routes(ctx, async () => {
        ours = false;
      });
      if (!ours && isMethodWrong(router, ctx))
        return pages.errorPage(ctx, refusal('method_not_allowed', 'WEB-1W0'));
    } catch (error) {
      return answerFailure(pages, deps, ctx, error);
    }
    if (ours) return;
    await next();
    answerForOthers(pages, ctx);
  };
}

/** What an outage or a bug becomes: a page that says what was kept, and an error in the log under the page's reference. */
function answerFailure(pages: Pages, deps: WebDeps, ctx: Context, error: unknown): void {
  const status = statusOf(error) ?? 500;
  if (status < 500) {
    pages.errorPage(
      ctx,
      status === 413 ? refusal('too_large', 'WEB-1W1') : refusal('bad_form', 'WEB-1W2'),
    );
    return;
  }
  deps.log.error({ err: error, method: ctx.method }, 'a page failed');
  pages.showErrorPage(ctx, outageOf(error) ?? 'broken');
}

/** What is not a bug but something that is down, and worth another try. */
function outageOf(error: unknown): ErrorPageCode | undefined {
  if (error instanceof ScannerUnavailable) return 'scanner_unavailable';
  return statusOf(error) === 503 || isDeadConnection(error) ? 'unavailable' : undefined;
}

/** A browser that ran into a place of another room's, or of nobody's, gets a page as well. */
function answerForOthers(pages: Pages, ctx: Context): void {
  if (!/\btext\/html\b/.test(ctx.get('Accept'))) return;
  if (ctx.status === 404) pages.errorPage(ctx, refusal('not_found', 'WEB-1W3'));
}

function isMethodWrong(router: Router, ctx: Context): boolean {
  const { path, route } = router.match(ctx.path, ctx.method);
  if (route || path.length === 0) return false;
  ctx.set('Allow', [...new Set(path.flatMap((layer) => layer.methods))].join(', '));
  return true;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
