import type Router from '@koa/router';
import { finishUpstream } from '../../upstream/finish-sign-in.ts';
import type { WebDeps } from '../core/deps.ts';
import type { Pages } from '../core/pages.ts';
import { signInPageOf } from '../core/upstream.ts';

/** Where platforms send people back to, for whichever page they signed in (R47). */
export function upstreamPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get('/upstream/:platform/:provider/callback', async (ctx) => {
    pages.words(ctx);
    const { returnTo, result, notTied } = await finishUpstream(deps.upstream, {
      platform: String(ctx.params.platform),
      provider: String(ctx.params.provider),
      url: new URL(`${pages.issuer}${ctx.path}${ctx.search}`),
      visitor: pages.visitor(ctx),
    });
    if (notTied) pages.report(notTied);
    if (result.ok && returnTo !== undefined) {
      const separator = returnTo.includes('?') ? '&' : '?';
      return pages.goTo(ctx, `${returnTo}${separator}ticket=${result.value}`);
    }
    if (result.ok) throw new Error('somebody came back from a platform to nowhere');
    const href = returnTo === undefined ? '/' : signInPageOf(returnTo);
    const label = pages.words(ctx)(returnTo === undefined ? 'page.home' : 'action.sign_in_again');
    pages.errorPage(ctx, result.refusal, {}, [{ href, label, primary: true }]);
  });
}
