import type { Context } from 'koa';
import { viewSitting } from '../binding/view-request.ts';
import { viewStep } from '../binding/view-step.ts';
import type { WebDeps } from './deps.ts';
import type { Pages } from './pages.ts';
import type { Seen } from './prove.views.ts';
import { isSigningIn, showSitting } from './sitting.views.ts';
import { TROUBLES, type TroubleCode } from './trouble.ts';

/** `newId('sit')`: anything else cannot exist and costs no look-up. */
const SITTING = /^sit_[\w-]{22}$/;

export interface Seeing {
  see(ctx: Context): Promise<Seen | undefined>;
  /** The page as it stands *now*, with why the form was not carried out above it. */
  refused(ctx: Context, code: TroubleCode, how?: { readonly switching?: boolean; readonly login?: string }): Promise<void>;
  unknown(ctx: Context): void;
}

export function isSittingId(id: string): boolean {
  return SITTING.test(id);
}

/** What all pages of a sitting begin with. */
export function seeing(pages: Pages, deps: WebDeps): Seeing {
  const unknown = (ctx: Context): void => {
    pages.trouble(ctx, 'unknown_sitting', {}, [{ href: '/bind', label: pages.words(ctx)('front.enter_code'), primary: true }]);
  };
  const see = async (ctx: Context): Promise<Seen | undefined> => {
    const sittingId = String(ctx.params.sitting);
    if (!isSittingId(sittingId)) return undefined;
    const seen = await viewSitting(deps, { sittingId, visitor: pages.visitor(ctx) });
    if (!seen.ok) return undefined;
    pages.words(ctx, seen.value.request.uiLocales);
    return { ...seen.value, step: await viewStep(deps, seen.value) };
  };
  return {
    see,
    unknown,
    async refused(ctx, code, how = {}) {
      const seen = code === 'unknown_sitting' ? undefined : await see(ctx);
      if (!seen) return unknown(ctx);
      const notice = code === 'stale_sign_in' && isSigningIn(seen) ? null : pages.notice(ctx, code); // the sign-in page says it itself
      await showSitting(pages, ctx, seen, { notice, status: TROUBLES[code].status, ...how });
    },
  };
}
