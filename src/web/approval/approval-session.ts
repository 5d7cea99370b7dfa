import type { Context } from 'koa';
import { viewApprovalSession } from '../../binding/view-request.ts';
import { viewStep } from '../../binding/view-step.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import type { Pages } from '../core/pages.ts';
import { isSigningIn, showApprovalSession } from './approval-session.views.ts';
import type { ApprovalSessionWithStep } from './prove.views.ts';

/** The shape of `newId('sit')`. Others are not looked up. */
const APPROVAL_SESSION = /^sit_[\w-]{22}$/;

export interface ApprovalSessions {
  find(ctx: Context): Promise<ApprovalSessionWithStep | undefined>;
  /** The current page, with a notice of why the form was refused. */
  refused(
    ctx: Context,
    code: ErrorPageCode,
    how?: { readonly switching?: boolean; readonly login?: string },
  ): Promise<void>;
  unknown(ctx: Context): void;
}

export function isApprovalSessionId(id: string): boolean {
  return APPROVAL_SESSION.test(id);
}

/** What all pages of an approval session share: finding it, and saying what went wrong. */
export function approvalSessions(pages: Pages, deps: WebDeps): ApprovalSessions {
  const unknown = (ctx: Context): void => {
    pages.errorPage(ctx, 'unknown_approval_session', {}, [
      { href: '/bind', label: pages.words(ctx)('front.enter_code'), primary: true },
    ]);
  };
  const find = async (ctx: Context): Promise<ApprovalSessionWithStep | undefined> => {
    const approvalSessionId = String(ctx.params.approvalSession);
    if (!isApprovalSessionId(approvalSessionId)) return undefined;
    const seen = await viewApprovalSession(deps, {
      approvalSessionId,
      visitor: pages.visitor(ctx),
    });
    if (!seen.ok) return undefined;
    pages.words(ctx, seen.value.request.uiLocales);
    return { ...seen.value, step: await viewStep(deps, seen.value) };
  };
  return {
    find,
    unknown,
    async refused(ctx, code, how = {}) {
      const seen = code === 'unknown_approval_session' ? undefined : await find(ctx);
      if (!seen) return unknown(ctx);
      // The sign-in page says so itself.
      const notice = code === 'stale_sign_in' && isSigningIn(seen) ? null : pages.notice(ctx, code);
      await showApprovalSession(pages, ctx, seen, {
        notice,
        status: ERROR_PAGES[code].status,
        ...how,
      });
    },
  };
}
