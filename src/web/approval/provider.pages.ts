import type { Context } from 'koa';
import type { PendingForm } from '../../oidc/pending-form.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { type PageDeps, Pages } from '../core/pages.ts';
import { formTargetOf } from '../core/security-headers.ts';

interface SigningOut {
  readonly oidc?: {
    readonly session?: { readonly state?: { readonly postLogoutRedirectUri?: unknown } };
  };
}

/** The pages that oidc-provider shows itself, with our copy. */
export function makeProviderPages(deps: PageDeps) {
  const pages = new Pages(deps);
  return {
    /** An app's request that cannot be answered by a redirect to the app. */
    renderError(ctx: Context, out: { readonly error: string }): void {
      const { status } = ctx;
      pages.showErrorPage(ctx, errorPageOf(ctx, out.error), { error: out.error });
      ctx.status = status;
    },

    /** `form` is the HTML of oidc-provider, with its secret. The buttons refer to its id. */
    renderLogout(ctx: Context, form: string): void {
      const t = pages.words(ctx);
      const target = formTargetOf(
        (ctx as Context & SigningOut).oidc?.session?.state?.postLogoutRedirectUri,
      );
      pages.show(ctx, 'sign-out', { title: t('signOut.title'), form }, { formTarget: target });
    },

    /** A page with one button; a script presses it. */
    renderPendingForm(ctx: Context, { why, action, xsrf, leadsTo }: PendingForm): void {
      const t = pages.words(ctx);
      const model = { title: t(`goOn.${why}.title`), lede: t(`goOn.${why}.lede`), action, xsrf };
      pages.show(ctx, 'go-on', model, { formTarget: formTargetOf(leadsTo) });
    },

    renderLoggedOut(ctx: Context): void {
      const t = pages.words(ctx);
      const actions = [{ href: '/', label: t('page.home') }];
      pages.say(ctx, {
        tone: 'good',
        title: t('signOut.done.title'),
        text: t('signOut.done.body'),
        actions,
      });
    },
  };
}

function errorPageOf(ctx: Context, error: string): ErrorPageCode {
  if (ctx.status === 404) return 'not_found';
  if (ctx.status === 503) return 'unavailable';
  // The return from our pages to an authorization request that is over.
  return error === 'invalid_request' && /^\/auth\/[\w-]+$/.test(ctx.path)
    ? 'interaction_gone'
    : 'oauth';
}
