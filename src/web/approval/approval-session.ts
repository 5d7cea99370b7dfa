import type { Context } from 'koa';
import { viewApprovalSession } from '../../binding/view-request.ts';
import { viewStep } from '../../binding/view-step.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import type { Pages } from '../core/pages.ts';
import { isSigningIn, showApprovalSession } from './approval-session.views.ts';
import type { ApprovalSessionWithStep } from './prove.views.ts';

/** `newId('sit')`: anything else cannot exist and costs no look-up. */
const APPROVAL_SESSION = /^sit_[\w-]{22}$/;

export interface ApprovalPages {
  see(ctx: Context): Promise<ApprovalSessionWithStep | undefined>;
  /** The page as it stands *now*, with why the form was not carried out above it. */
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

/** What all pages of an approval session begin with. */
export function approvalPages(pages: Pages, deps: WebDeps): ApprovalPages {
  const unknown = (ctx: Context): void => {
    pages.errorPage(ctx, 'unknown_approval_session', {}, [
      { href: '/bind', label: pages.words(ctx)('front.enter_code'), primary: true },
    ]);
  };
  const see = async (ctx: Context): Promise<ApprovalSessionWithStep | undefined> => {
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
    see,
    unknown,
    async refused(ctx, code, how = {}) {
      const seen = code === 'unknown_approval_session' ? undefined : await see(ctx);
      if (!seen) return unknown(ctx);
      const notice = code === 'stale_sign_in' && isSigningIn(seen) ? null : pages.notice(ctx, code); // the sign-in page says it itself
      await showApprovalSession(pages, ctx, seen, {
        notice,
        status: ERROR_PAGES[code].status,
        ...how,
      });
    },
  };
}
