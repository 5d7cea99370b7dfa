import type Router from '@koa/router';
import type { Context } from 'koa';
import type { AccountSummary } from '../../accounts/account.ts';
import {
  type FirstWayIn,
  offerBootstrapPasskey,
  useBootstrapLink,
  viewBootstrap,
} from '../../accounts/bootstrap.ts';
import { SHORTEST_PASSWORD } from '../../accounts/new-password.ts';
import { type Refusal, type Result, refuse } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { answerScript, field, formGuard } from '../core/forms.ts';
import type { Notice } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { startSession } from '../core/session.ts';

const REFERENCE = /^[\w-]{43}$/;

/** The link of `cli bootstrap`: sets up how the first operator signs in. */
export function bootstrapPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { factors } = deps;
  const guard = formGuard(pages);

  // Opening the link uses nothing up: chat apps and scanners open links too.
  router.get('/bootstrap/:reference', async (ctx) => await show(ctx, null, 200));

  // passkeys.js asks for this.
  router.post('/bootstrap/:reference/passkey/options', guard, async (ctx) => {
    const secret = secretOf(ctx);
    answerScript(
      pages,
      ctx,
      secret.ok ? await offerBootstrapPasskey(factors, secret.value) : secret,
    );
  });

  router.post('/bootstrap/:reference/passkey', guard, async (ctx) => {
    const { label } = pages.visitor(ctx).device;
    const otherwise = label === '?' ? pages.words(ctx)('bootstrap.passkey.suggested') : label;
    const [response, name] = [field(ctx, 'response'), field(ctx, 'name')];
    await finish(ctx, { kind: 'passkey', response, name, otherwise });
  });

  router.post('/bootstrap/:reference/password', guard, async (ctx) => {
    await finish(ctx, { kind: 'password', password: field(ctx, 'password') });
  });

  async function finish(ctx: Context, way: FirstWayIn): Promise<void> {
    const secret = secretOf(ctx);
    if (!secret.ok) return refused(ctx, secret.refusal);
    const used = await useBootstrapLink(factors, { secret: secret.value, way });
    if (used.ok) {
      const { account, signedOutAt } = used.value;
      await startSession(pages, ctx, account, signedOutAt + 1);
      return pages.goTo(ctx, '/operator');
    }
    const { refusal } = used;
    if (refusal.code === 'weak_password') {
      pages.report(refusal);
      return await show(ctx, weakness(ctx), 422);
    }
    const { code } = refusal;
    if (ERROR_PAGES[code].where === 'page') return refused(ctx, { ...refusal, code });
    await show(ctx, pages.notice(ctx, { ...refusal, code }), ERROR_PAGES[code].status);
  }

  async function show(ctx: Context, notice: Notice | null, status: number): Promise<void> {
    const secret = secretOf(ctx);
    const viewed = secret.ok ? await viewBootstrap(factors, secret.value) : secret;
    if (!viewed.ok) return refused(ctx, viewed.refusal);
    pages.show(ctx, 'bootstrap', pageOf(ctx, viewed.value, notice), {
      status,
      at: `/bootstrap/${String(ctx.params.reference)}`,
    });
  }

  function pageOf(ctx: Context, { displayName, login }: AccountSummary, notice: Notice | null) {
    const t = pages.words(ctx);
    const { label } = pages.visitor(ctx).device;
    return {
      title: t('bootstrap.title'),
      lede: t('bootstrap.lede', { name: displayName, login }),
      at: `/bootstrap/${String(ctx.params.reference)}`,
      suggested: label === '?' ? t('bootstrap.passkey.suggested') : label,
      login,
      least: SHORTEST_PASSWORD,
      notice,
    };
  }

  function weakness(ctx: Context): Notice {
    const t = pages.words(ctx);
    const body = t('bootstrap.weak.body', { least: SHORTEST_PASSWORD });
    return { tone: 'bad', title: t('bootstrap.weak'), lines: [body] };
  }

  function refused(ctx: Context, why: Refusal<ErrorPageCode>): void {
    const label = pages.words(ctx)('action.sign_in');
    pages.errorPage(ctx, why, {}, [{ href: '/account/sign-in?to=/operator', label }]);
  }
}

function secretOf(ctx: Context): Result<string, 'bootstrap_over'> {
  const reference = String(ctx.params.reference);
  return REFERENCE.test(reference)
    ? { ok: true, value: reference }
    : refuse('bootstrap_over', 'WEB-7S0');
}
