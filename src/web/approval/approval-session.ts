import type { Context } from 'koa';
import { viewApprovalSession } from '../../binding/view-request.ts';
import { viewStep } from '../../binding/view-step.ts';
import { ok, type Refusal, type Result, refuse } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import type { Pages } from '../core/pages.ts';
import { isSigningIn, showApprovalSession } from './approval-session.views.ts';
import type { ApprovalSessionWithStep } from './prove.views.ts';

/** The shape of `newId('sit')`. Others are not looked up. */
const APPROVAL_SESSION = /^sit_[\w-]{22}$/;

/** `app_disabled`: an operator switched off the app that asks. */
type NotFound = 'unknown_approval_session' | 'app_disabled';

export interface ApprovalSessions {
  find(ctx: Context): Promise<Result<ApprovalSessionWithStep, NotFound>>;
  /** The current page, with a notice of why the form was refused. */
  refused(
    ctx: Context,
    refused: Refusal<ErrorPageCode>,
    how?: { readonly switching?: boolean; readonly login?: string },
  ): Promise<void>;
  unknown(ctx: Context, refused: Refusal<NotFound>): void;
}

export function isApprovalSessionId(id: string): boolean {
  return APPROVAL_SESSION.test(id);
}

/** What all pages of an approval session share: finding it, and saying what went wrong. */
export function approvalSessions(pages: Pages, deps: WebDeps): ApprovalSessions {
  const unknown: ApprovalSessions['unknown'] = (ctx, refused) => {
    pages.errorPage(ctx, refused, {}, [
      { href: '/bind', label: pages.words(ctx)('front.enter_code'), primary: true },
    ]);
  };
  const find: ApprovalSessions['find'] = async (ctx) => {
    const approvalSessionId = String(ctx.params.approvalSession);
    if (!isApprovalSessionId(approvalSessionId))
      return refuse('unknown_approval_session', 'WEB-2V0');
    const seen = await viewApprovalSession(deps, {
      approvalSessionId,
      visitor: pages.visitor(ctx),
    });
    if (!seen.ok) return seen;
    const { approvalSession, request } = seen.value;
    pages.wear(ctx, { app: request.app.clientId, pack: request.pack.id });
    if (approvalSession.account) pages.nameSignedIn(ctx, approvalSession.account);
    pages.words(ctx, request.uiLocales);
    const { app, state } = request;
    // What was bound before stays bound, and its page says so.
    if (app.disabled && state !== 'approved' && state !== 'redeemed')
      return refuse('app_disabled', 'WEB-2V1', { client: app.clientId });
    return ok({ ...seen.value, step: await viewStep(deps, seen.value) });
  };
  return {
    find,
    unknown,
    async refused(ctx, refused, how = {}) {
      const { code } = refused;
      if (code === 'unknown_approval_session') return unknown(ctx, { ...refused, code });
      const seen = await find(ctx);
      if (!seen.ok) return unknown(ctx, seen.refusal);
      const notice = pages.notice(ctx, refused);
      const said = code === 'stale_sign_in' && isSigningIn(seen.value); // that page says so
      await showApprovalSession(pages, ctx, seen.value, {
        notice: said ? null : notice,
        status: ERROR_PAGES[code].status,
        ...how,
      });
    },
  };
}
