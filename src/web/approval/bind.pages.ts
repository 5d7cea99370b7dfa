import type Router from '@koa/router';
import type { Context } from 'koa';
import { DIGITS, groupsOf } from '../../binding/code.ts';
import { enterCode } from '../../binding/enter-code.ts';
import { followLink, openStart } from '../../binding/follow-link.ts';
import { type Refusal, refuse } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Notice } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';

/** The shape of `newSecret()`, as QR codes and start links carry it. Others are not looked up. */
const REFERENCE = /^[\w-]{43}$/;
const LONGEST_CODE_SHOWN_AGAIN = 64;

/**
 * The entrances: a typed code, a QR code or link (docs/protocol.md#approval), and an app's start
 * link (docs/protocol.md#back-channel).
 */
export function bindPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get('/bind', (ctx) => showForm(ctx, '', null));

  router.post('/bind', formGuard(pages), async (ctx) => {
    const typed = field(ctx, 'user_code');
    const entered = await enterCode(deps, { typed, visitor: pages.visitor(ctx) });
    if (entered.ok) return pages.goTo(ctx, `/bind/s/${entered.value.approvalSessionId}`);
    const notice = pages.notice(ctx, entered.refusal, { digits: DIGITS });
    showForm(
      ctx,
      typed.slice(0, LONGEST_CODE_SHOWN_AGAIN),
      notice,
      ERROR_PAGES[entered.refusal.code].status,
    );
  });

  router.get('/bind/q/:link', async (ctx) => {
    const link = String(ctx.params.link);
    const followed = REFERENCE.test(link)
      ? await followLink(deps, { link, visitor: pages.visitor(ctx) })
      : refuse('dead_link', 'WEB-2B0');
    if (!followed.ok) return deadLink(ctx, followed.refusal);
    pages.goTo(ctx, `/bind/s/${followed.value.approvalSessionId}`);
  });

  router.get('/bind/start/:reference', async (ctx) => {
    const reference = String(ctx.params.reference);
    const opened = REFERENCE.test(reference)
      ? await openStart(deps, { reference, visitor: pages.visitor(ctx) })
      : refuse('dead_link', 'WEB-2B1');
    if (!opened.ok) return deadLink(ctx, opened.refusal);
    pages.goTo(ctx, `/bind/s/${opened.value.approvalSessionId}`);
  });

  function showForm(ctx: Context, typed: string, notice: Notice | null, status = 200): void {
    pages.show(
      ctx,
      'code',
      {
        title: pages.words(ctx)('code.title'),
        digits: DIGITS,
        placeholder: groupsOf('0'.repeat(DIGITS)).join(' '),
        typed,
        notice,
      },
      { status },
    );
  }

  function deadLink(ctx: Context, refused: Refusal<'dead_link'>): void {
    const t = pages.words(ctx);
    pages.errorPage(ctx, refused, {}, [
      { href: '/bind', label: t('front.enter_code'), primary: true },
    ]);
  }
}
