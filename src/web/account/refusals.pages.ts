import type Router from '@koa/router';
import type { Context } from 'koa';
import { type AppealRefusal, appealRefusal } from '../../binding/appeal-refusal.ts';
import { findRefusal, findRefusals } from '../../binding/find-refusals.ts';
import { type Refusal, recoded, refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { refusalPage, refusalsPage } from './refusals.views.ts';

const LIST = '/account/refusals';
const REQUEST = /^brq_[\w-]{22}$/;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  unknown_request:   'unknown_refusal',
  nothing_to_appeal: 'nothing_to_appeal',
  already_appealed:  'already_appealed',
  too_late:          'appeal_too_late',
  text_missing:      'text_missing',
} as const satisfies Record<AppealRefusal, ErrorPageCode>;

/** Refused bindings, and the appeal to a person (R23). */
export function refusalsPages(router: Router, pages: Pages, deps: WebDeps): void {
  const signedIn = accountGuard(pages, deps.db);

  router.get(pages.returnTargets.add('/account/refusals'), signedIn, async (ctx) => {
    pages.show(
      ctx,
      'refusals',
      refusalsPage(pages.words(ctx), await findRefusals(deps, { account: accountOf(ctx).id })),
    );
  });

  router.get(
    pages.returnTargets.add('/account/refusals/:request', { request: REQUEST }),
    signedIn,
    async (ctx) => await show(ctx),
  );

  router.post('/account/refusals/:request', formGuard(pages), signedIn, async (ctx) => {
    const requestId = String(ctx.params.request);
    if (!REQUEST.test(requestId)) return refused(ctx, refusal('unknown_refusal', 'WEB-5R0'), LIST);
    const text = field(ctx, 'text');
    const appealed = await appealRefusal(deps, { requestId, by: accountOf(ctx).id, text });
    if (appealed.ok) return pages.goTo(ctx, `${LIST}/${requestId}`);
    const errorPage = recoded(appealed.refusal, ERROR_PAGE_OF[appealed.refusal.code]);
    if (errorPage.code === 'text_missing') return await show(ctx, text, errorPage);
    refused(ctx, errorPage, errorPage.code === 'unknown_refusal' ? LIST : `${LIST}/${requestId}`);
  });

  async function show(ctx: Context, text = '', errorPage?: Refusal<ErrorPageCode>): Promise<void> {
    const requestId = String(ctx.params.request);
    const found = REQUEST.test(requestId)
      ? await findRefusal(deps, { account: accountOf(ctx).id, requestId })
      : undefined;
    if (!found) return refused(ctx, refusal('unknown_refusal', 'WEB-5R1'), LIST);
    const page = refusalPage(pages.words(ctx), found, {
      text,
      notice: errorPage ? pages.notice(ctx, errorPage) : null,
    });
    pages.show(ctx, 'refusal', page, {
      status: errorPage ? ERROR_PAGES[errorPage.code].status : 200,
    });
  }

  function refused(ctx: Context, errorPage: Refusal<ErrorPageCode>, back: string): void {
    pages.errorPage(ctx, errorPage, {}, [
      { href: back, label: pages.words(ctx)('refusals.back'), primary: true },
    ]);
  }
}
