import type Router from '@koa/router';
import { answerBinding, confirmBinding } from '../binding/answer-binding.ts';
import { offerFromSitting } from '../binding/offer-binding.ts';
import { renewCode } from '../binding/renew-code.ts';
import { signInToSitting } from '../binding/sit-down.ts';
import { standingOf } from '../binding/view-step.ts';
import { rememberCode } from './code-cookie.ts';
import type { WebDeps } from './deps.ts';
import { decision, field, formGuard } from './forms.ts';
import type { Pages } from './pages.ts';
import { isSittingId, seeing } from './seen-sitting.ts';
import { credentialsOf } from './sign-in.pages.ts';
import { showSitting } from './sitting.views.ts';

/** One sitting: one person's part in one binding request, in one browser (protocol §2). */
export function sittingPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);
  const { see, refused, unknown } = seeing(pages, deps);

  router.get('/bind/s/:sitting', async (ctx) => {
    const seen = await see(ctx);
    if (!seen) return unknown(ctx);
    await showSitting(pages, ctx, seen, { waiting: ctx.query.asked !== undefined, switching: ctx.query.switch !== undefined });
  });

  // What a form of this sitting answered, reloaded or opened in the other language.
  for (const step of ['login', 'decision', 'code']) {
    router.get(`/bind/s/:sitting/${step}`, (ctx) => {
      pages.words(ctx);
      pages.goTo(ctx, `/bind/s/${encodeURIComponent(String(ctx.params.sitting))}`);
    });
  }

  router.get('/bind/s/:sitting/status', async (ctx) => {
    const seen = await see(ctx);
    ctx.set('Cache-Control', 'no-store');
    ctx.status = seen ? 200 : 404;
    ctx.body = seen ? { state: standingOf(seen, seen.step), code_expires_in: seen.request.codeExpiresIn } : { state: 'unknown' };
  });

  router.post('/bind/s/:sitting/login', guard, async (ctx) => {
    const sittingId = String(ctx.params.sitting);
    const credentials = credentialsOf(ctx);
    const attempt = { sittingId, visitor: pages.visitor(ctx), ...credentials };
    const signedIn = isSittingId(sittingId) ? await signInToSitting(deps, attempt) : undefined;
    if (signedIn?.ok) return pages.goTo(ctx, `/bind/s/${sittingId}`);
    await refused(ctx, signedIn?.refusal.code ?? 'unknown_sitting', { switching: true, login: credentials.login });
  });

  router.post('/bind/s/:sitting/decision', guard, async (ctx) => {
    const seen = await see(ctx);
    if (!seen) return unknown(ctx);
    const { sitting, request } = seen;
    const chosen = decision(ctx);
    if (!chosen) return pages.trouble(ctx, 'bad_form');
    if (!sitting.account) return pages.goTo(ctx, `/bind/s/${sitting.id}`);
    // Two tabs, two accounts: the page approved is the one bound, or nothing is.
    if (field(ctx, 'account') !== sitting.account.id) {
      return pages.trouble(ctx, 'other_page', {}, [
        { href: `/bind/s/${sitting.id}`, label: pages.words(ctx)('action.continue'), primary: true },
      ]);
    }
    const step = { sittingId: sitting.id, visitor: pages.visitor(ctx) };
    // Once offered, there is nothing of the starter's to approve: whoever does pressed the first button twice.
    const consents = chosen === 'approve' && sitting.side === 'starter' && (request.state === 'created' || request.state === 'offered');
    if (consents) {
      const offered = await offerFromSitting(deps, step);
      if (offered.ok) await rememberCode(pages, ctx, sitting.id, offered.value);
      // Pressed twice: the first press made the code, and its page shows it.
      else if (offered.refusal.code !== 'already_offered') return await refused(ctx, offered.refusal.code);
      return pages.goTo(ctx, `/bind/s/${sitting.id}`);
    }
    const verb = sitting.side === 'starter' ? confirmBinding : answerBinding;
    const decided = await verb(deps, { ...step, decision: chosen });
    if (!decided.ok) return await refused(ctx, decided.refusal.code);
    pages.goTo(ctx, `/bind/s/${sitting.id}`);
  });

  router.post('/bind/s/:sitting/code', guard, async (ctx) => {
    const seen = await see(ctx);
    if (!seen) return unknown(ctx);
    const renewed = await renewCode(deps, { sittingId: seen.sitting.id, visitor: pages.visitor(ctx) });
    if (!renewed.ok) return await refused(ctx, renewed.refusal.code);
    await rememberCode(pages, ctx, seen.sitting.id, renewed.value);
    pages.goTo(ctx, `/bind/s/${seen.sitting.id}`);
  });
}
