import type Router from '@koa/router';
import { refusal } from '../../kernel/refusals.ts';
import { appNamed } from '../../oidc/interactions.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import { agreeToStart, openStart } from '../../upstream/hand-over.ts';
import type { WebDeps } from '../core/deps.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { rememberApp, startSession } from '../core/session.ts';
import { startView } from '../core/start.views.ts';

/** Where a platform's app hands over a person (R48). It is no fresh sign-in. */
export function startPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);

  router.get('/start/:ticket', async (ctx) => {
    // A preview of the link must not use it up.
    if (ctx.method === 'HEAD') {
      ctx.status = 204;
      return;
    }
    const t = pages.words(ctx);
    const ticket = String(ctx.params.ticket);
    const opened = await openStart(deps.upstream, { ticket, visitor: pages.visitor(ctx) });
    if (!opened.ok) return pages.errorPage(ctx, opened.refusal);
    const { account, clientId } = opened.value;
    const app = await appNamed(deps.provider, clientId);
    if (!app) return pages.errorPage(ctx, refusal('app_disabled', 'WEB-7S1'));
    const view = startView(t, { account, app, ticket: opened.value.ticket, action: '/start' });
    pages.show(ctx, 'start', view, { at: '/account' });
  });

  router.post('/start', guard, async (ctx) => {
    pages.words(ctx);
    const visitor = pages.visitor(ctx);
    const agreed = await agreeToStart(deps.upstream, { ticket: field(ctx, 'ticket'), visitor });
    if (!agreed.ok) return pages.errorPage(ctx, agreed.refusal);
    const { account, clientId } = agreed.value;
    const app = await appNamed(deps.provider, clientId);
    if (!app) return pages.errorPage(ctx, refusal('app_disabled', 'WEB-7S2'));
    await noteVisit(deps.db, account.id, visitor.device);
    await startSession(pages, ctx, account);
    const { name, uri } = app;
    if (uri !== null) await rememberApp(pages, ctx, { account, app: { name, uri } });
    pages.goTo(ctx, '/account/bindings');
  });
}
