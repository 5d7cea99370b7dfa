import type Router from '@koa/router';
import { answerBinding, confirmBinding } from '../../binding/answer-binding.ts';
import { offerFromApprovalSession } from '../../binding/offer-binding.ts';
import { renewCode } from '../../binding/renew-code.ts';
import {
  admitToApprovalSession,
  signInToApprovalSession,
} from '../../binding/sign-in-to-approval-session.ts';
import { proofStatusOf } from '../../binding/view-step.ts';
import { recoded, refusal, refuse } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { decision, field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { credentialsOf } from '../core/sign-in.ts';
import { freshSecondsOf, sendUpstream, takeUpstream } from '../core/upstream.ts';
import { approvalSessions, isApprovalSessionId } from './approval-session.ts';
import { showApprovalSession } from './approval-session.views.ts';
import { rememberCode } from './code-cookie.ts';

/**
 * The pages of one approval session: one person, one request, one browser
 * (docs/protocol.md#approval).
 */
export function approvalSessionPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);
  const { find, refused, unknown } = approvalSessions(pages, deps);

  router.get('/bind/s/:approvalSession', async (ctx) => {
    const seen = await find(ctx);
    if (!seen.ok) return unknown(ctx, seen.refusal);
    await showApprovalSession(pages, ctx, seen.value, {
      waiting: ctx.query.asked !== undefined,
      switching: ctx.query.switch !== undefined,
    });
  });

  // The path of a form, reloaded or opened in another language: back to the page.
  for (const step of ['login', 'decision', 'code']) {
    router.get(`/bind/s/:approvalSession/${step}`, (ctx) => {
      pages.words(ctx);
      pages.goTo(ctx, `/bind/s/${encodeURIComponent(String(ctx.params.approvalSession))}`);
    });
  }

  router.get('/bind/s/:approvalSession/status', async (ctx) => {
    const seen = await find(ctx);
    ctx.set('Cache-Control', 'no-store');
    if (!seen.ok) {
      pages.report(seen.refusal);
      ctx.status = 404;
      ctx.body = { state: 'unknown' };
      return;
    }
    const { request, step } = seen.value;
    ctx.body = { state: proofStatusOf(seen.value, step), code_expires_in: request.codeExpiresIn };
  });

  router.post('/bind/s/:approvalSession/login', guard, async (ctx) => {
    const approvalSessionId = String(ctx.params.approvalSession);
    const credentials = credentialsOf(ctx);
    const attempt = { approvalSessionId, visitor: pages.visitor(ctx), ...credentials };
    const signedIn = isApprovalSessionId(approvalSessionId)
      ? await signInToApprovalSession(deps, attempt)
      : refuse('unknown_approval_session', 'WEB-2S0');
    if (signedIn.ok) return pages.goTo(ctx, `/bind/s/${approvalSessionId}`);
    await refused(ctx, signedIn.refusal, { switching: true, login: credentials.login });
  });

  router.post('/bind/s/:approvalSession/upstream', guard, async (ctx) => {
    const seen = await find(ctx);
    if (!seen.ok) return unknown(ctx, seen.refusal);
    const { approvalSession } = seen.value;
    const maxAge = freshSecondsOf(deps);
    const returnTo = `/bind/s/${approvalSession.id}/upstream`;
    const sent = await sendUpstream(pages, deps, ctx, { returnTo, maxAge });
    if (!sent.ok) await refused(ctx, sent.refusal, { switching: true });
  });

  router.get('/bind/s/:approvalSession/upstream', async (ctx) => {
    const seen = await find(ctx);
    if (!seen.ok) return unknown(ctx, seen.refusal);
    const { id } = seen.value.approvalSession;
    const entered = await takeUpstream(pages, deps, ctx, `/bind/s/${id}/upstream`);
    const signedIn = entered.ok
      ? await admitToApprovalSession(deps, {
          approvalSessionId: id,
          visitor: entered.value.visitor,
          account: entered.value.account,
          secondsAgo: Math.max(0, Date.now() / 1000 - entered.value.authTime),
        })
      : entered;
    if (signedIn.ok) return pages.goTo(ctx, `/bind/s/${id}`);
    await refused(ctx, signedIn.refusal, { switching: true });
  });

  router.post('/bind/s/:approvalSession/decision', guard, async (ctx) => {
    const seen = await find(ctx);
    if (!seen.ok) return unknown(ctx, seen.refusal);
    const { approvalSession, request } = seen.value;
    const chosen = decision(ctx);
    if (!chosen) return pages.errorPage(ctx, refusal('bad_form', 'WEB-2S1'));
    if (!approvalSession.account) return pages.goTo(ctx, `/bind/s/${approvalSession.id}`);
    // Another tab may have changed the account: only the account on the page is bound.
    if (field(ctx, 'account') !== approvalSession.account.id) {
      return pages.errorPage(ctx, refusal('other_page', 'WEB-2S2'), {}, [
        {
          href: `/bind/s/${approvalSession.id}`,
          label: pages.words(ctx)('action.continue'),
          primary: true,
        },
      ]);
    }
    const step = { approvalSessionId: approvalSession.id, visitor: pages.visitor(ctx) };
    // After the offer the initiator has nothing to approve: who does so pressed the button twice.
    const consents =
      chosen === 'approve' &&
      approvalSession.side === 'initiator' &&
      (request.state === 'created' || request.state === 'offered');
    if (consents) {
      const offered = await offerFromApprovalSession(deps, step);
      if (offered.ok) await rememberCode(pages, ctx, approvalSession.id, offered.value);
      else {
        const { code } = offered.refusal;
        // Pressed twice: the first press made the code, and its page shows it.
        if (code !== 'already_offered') return await refused(ctx, recoded(offered.refusal, code));
      }
      return pages.goTo(ctx, `/bind/s/${approvalSession.id}`);
    }
    const verb = approvalSession.side === 'initiator' ? confirmBinding : answerBinding;
    const decided = await verb(deps, { ...step, decision: chosen });
    if (!decided.ok) return await refused(ctx, decided.refusal);
    pages.goTo(ctx, `/bind/s/${approvalSession.id}`);
  });

  router.post('/bind/s/:approvalSession/code', guard, async (ctx) => {
    const seen = await find(ctx);
    if (!seen.ok) return unknown(ctx, seen.refusal);
    const { id } = seen.value.approvalSession;
    const renewed = await renewCode(deps, { approvalSessionId: id, visitor: pages.visitor(ctx) });
    if (!renewed.ok) return await refused(ctx, renewed.refusal);
    await rememberCode(pages, ctx, id, renewed.value);
    pages.goTo(ctx, `/bind/s/${id}`);
  });
}
