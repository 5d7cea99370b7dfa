import type Router from '@koa/router';
import type { Context } from 'koa';
import { beginPasskeySignIn } from '../../accounts/sign-in-by-passkey.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { answerScript, field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { endSession, startSession } from '../core/session.ts';
import { enterByForm } from '../core/sign-in.ts';
import { sendUpstream, signInTargets, takeUpstream, upstreamChoices } from '../core/upstream.ts';

/** Sign-in to one's own account, and sign-out. */
export function signInPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);

  // passkeys.js asks for these options on each page that signs in, also on those of approvals.
  router.post('/sign-in/passkey', guard, async (ctx) => {
    answerScript(pages, ctx, await beginPasskeySignIn(deps, pages.visitor(ctx)));
  });

  router.get('/account/sign-in', (ctx) => showSignIn(ctx));

  router.post('/account/sign-in', guard, async (ctx) => {
    const entered = await enterByForm(pages, deps, ctx);
    if (!entered.ok) return showSignIn(ctx, field(ctx, 'login'), entered.refusal);
    await startSession(pages, ctx, entered.value.account);
    pages.goTo(ctx, returnOf(ctx));
  });

  router.post('/account/sign-in/upstream', guard, async (ctx) => {
    pages.words(ctx);
    const sent = await sendUpstream(pages, deps, ctx, { returnTo: backOf(ctx), maxAge: null });
    if (!sent.ok) showSignIn(ctx, '', sent.refusal);
  });

  router.get('/account/sign-in/upstream', async (ctx) => {
    pages.words(ctx);
    const entered = await takeUpstream(pages, deps, ctx, backOf(ctx));
    if (!entered.ok) return showSignIn(ctx, '', entered.refusal);
    const { account, visitor } = entered.value;
    await noteVisit(deps.db, account.id, visitor.device);
    await startSession(pages, ctx, account);
    pages.goTo(ctx, returnOf(ctx));
  });

  router.post('/account/sign-out', guard, (ctx) => {
    endSession(pages, ctx);
    pages.goTo(ctx, '/');
  });

  function showSignIn(ctx: Context, login = '', errorPage?: Refusal<ErrorPageCode>): void {
    const t = pages.words(ctx);
    const notice = errorPage ? pages.notice(ctx, errorPage) : null;
    const action = `/account/sign-in?to=${encodeURIComponent(returnOf(ctx))}`;
    const model = {
      title: t('signIn.title'),
      action,
      lede: t('signIn.lede.account'),
      aside: null,
      flow: null,
      login,
      notice,
      cancel: null,
      upstream: upstreamChoices(t, pages, backOf(ctx)),
    };
    pages.show(ctx, 'sign-in', model, {
      status: errorPage ? ERROR_PAGES[errorPage.code].status : 200,
      at: '/account/sign-in',
      formTarget: signInTargets(pages),
    });
  }

  /** The page that takes the answer of a platform, and leads on. */
  function backOf(ctx: Context): string {
    return `/account/sign-in/upstream?to=${encodeURIComponent(returnOf(ctx))}`;
  }

  /** The page in `to` where it is a return target; else `/account`. Prevents open redirects. */
  function returnOf(ctx: Context): string {
    const { to } = ctx.query;
    return typeof to === 'string' && pages.returnTargets.has(to) ? to : '/account';
  }
}
