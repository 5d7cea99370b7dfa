import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { ScannerUnavailable } from '../documents/ports/virus-scanner.ts';
import { refusal } from '../kernel/refusals.ts';
import { isDeadConnection } from '../store/database.ts';
import { accountPages } from './account/account.pages.ts';
import { bindingsPages } from './account/bindings.pages.ts';
import { confirmAccountPages } from './account/confirm-account.pages.ts';
import { contactsPages } from './account/contacts.pages.ts';
import { correctionPages } from './account/correction.pages.ts';
import { noticesPages } from './account/notices.pages.ts';
import { ownAccountPages } from './account/own-account.pages.ts';
import { ownDataPages } from './account/own-data.pages.ts';
import { recoverPages } from './account/recover.pages.ts';
import { refusalsPages } from './account/refusals.pages.ts';
import { securityPages } from './account/security.pages.ts';
import { signInPages } from './account/sign-in.pages.ts';
import { signUpPages } from './account/sign-up.pages.ts';
import { startPages } from './account/start.pages.ts';
import { upstreamPages } from './account/upstream.pages.ts';
import { approvalSessionPages } from './approval/approval-session.pages.ts';
import { bindPages } from './approval/bind.pages.ts';
import { interactionPages } from './approval/interaction.pages.ts';
import { provePages } from './approval/prove.pages.ts';
import type { WebDeps } from './core/deps.ts';
import type { ErrorPageCode } from './core/error-pages.ts';
import { Pages } from './core/pages.ts';
import { frontPages } from './front/front.pages.ts';
import { appsPages } from './operator/apps.pages.ts';
import { boardPages } from './operator/board.pages.ts';
import { bootstrapPages } from './operator/bootstrap.pages.ts';
import { operatorPages } from './operator/operator.pages.ts';
import { peoplePages } from './operator/people.pages.ts';
import { casePages } from './review/case.pages.ts';
import { reviewPages } from './review/review.pages.ts';
import { signingPages } from './review/signing.pages.ts';
import { affiliationPages } from './verification/affiliation.pages.ts';
import { confirmationPages } from './verification/confirmation.pages.ts';
import { declarationPages } from './verification/declaration.pages.ts';
import { depositPages } from './verification/deposit.pages.ts';
import { submissionPages } from './verification/submission.pages.ts';
import { verificationPages } from './verification/verification.pages.ts';

/** The routers of each journey. A path is looked for in this order. */
// biome-ignore format: a table is read by its columns
const JOURNEYS = {
  front:        [frontPages],
  approval:     [bindPages, approvalSessionPages, provePages, interactionPages],
  account:      [accountPages, signInPages, signUpPages, recoverPages, upstreamPages, startPages, bindingsPages, noticesPages, ownDataPages, correctionPages, securityPages, contactsPages, ownAccountPages, confirmAccountPages, refusalsPages],
  // Pages of their own before those of all kinds of evidence: their paths are among these.
  verification: [verificationPages, declarationPages, confirmationPages, affiliationPages, depositPages, submissionPages],
  review:       [reviewPages, signingPages, casePages],
  operator:     [operatorPages, boardPages, peoplePages, appsPages, bootstrapPages],
} as const;

/** All pages, their assets, and a page for each failure. Passes on paths that are not its own. */
export function makeWeb(deps: WebDeps): Middleware {
  const pages = new Pages(deps);
  const router = new Router();
  for (const addRoutes of Object.values(JOURNEYS).flat()) addRoutes(router, pages, deps);
  // @koa/router has a type of its own for the context; at run time it is Koa's.
  const routes = router.routes() as unknown as Middleware;

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

/** The page for an outage or a bug. Its reference is in the log line too. */
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

/** The code for something that is down and worth another try; undefined for a bug. */
function outageOf(error: unknown): ErrorPageCode | undefined {
  if (error instanceof ScannerUnavailable) return 'scanner_unavailable';
  return statusOf(error) === 503 || isDeadConnection(error) ? 'unavailable' : undefined;
}

/** A browser gets a page also where another room, or nobody, answered 404. */
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
