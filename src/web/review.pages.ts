import type Router from '@koa/router';
import type { Context } from 'koa';
import { findRequest } from '../binding/requests.store.ts';
import { describeRequest } from '../binding/view-request.ts';
import type { AccountId, BindingRequestId } from '../kernel/ids.ts';
import type { Decision } from '../policy/evaluate.ts';
import type { ReviewCase, ReviewRefusal } from '../review/case.ts';
import { decideCase } from '../review/decide-case.ts';
import { openCases } from '../review/open-cases.ts';
import { viewCase } from '../review/view-case.ts';
import { pairOf, termsOf } from './binding-words.ts';
import type { WebDeps } from './deps.ts';
import { decision, field, formGuard } from './forms.ts';
import { moment, type Translator } from './i18n.ts';
import type { Pages } from './pages.ts';
import { requireAccount } from './session.ts';
import { TROUBLES } from './trouble.ts';
import type { CaseView, Notice } from './views.ts';

const CASE = /^cas_[\w-]{22}$/;

/** The desk where people decide what the policy left to them (R23). */
export function reviewPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get('/review', async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (!reviewer) return;
    const cases = await openCases(deps, { reviewer: reviewer.id });
    if (!cases.ok) return pages.trouble(ctx, cases.refusal.code, {}, [{ href: '/account', label: pages.words(ctx)('account.title') }]);
    const t = pages.words(ctx);
    const rows = cases.value.cases.map(({ id, subject, dueAt }) => ({
      href: `/review/${id}`,
      title: t('review.case', { id: id.slice(-6) }),
      hint: subject,
      due: t('review.due', { due: moment(t.language, dueAt) }),
    }));
    pages.show(ctx, 'review', { title: t('review.title'), cases: rows });
  });

  router.get('/review/:case', async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (reviewer) await showCase(ctx, reviewer.id);
  });

  router.post('/review/:case', formGuard(pages), async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (!reviewer) return;
    const chosen = decision(ctx);
    if (!chosen) return pages.trouble(ctx, 'bad_form');
    const caseId = String(ctx.params.case);
    if (!CASE.test(caseId)) return refused(ctx, 'unknown_case');
    const reason = field(ctx, 'reason');
    const decided = await decideCase(deps, { caseId, reviewer: reviewer.id, accept: chosen === 'approve', reason });
    if (decided.ok) return pages.goTo(ctx, '/review');
    if (decided.refusal.code !== 'reason_missing') return refused(ctx, decided.refusal.code);
    await showCase(ctx, reviewer.id, reason, pages.notice(ctx, 'reason_missing'));
  });

  async function showCase(ctx: Context, reviewer: AccountId, reason = '', notice: Notice | null = null): Promise<void> {
    const caseId = String(ctx.params.case);
    const found = CASE.test(caseId) ? await viewCase(deps, { caseId, reviewer }) : undefined;
    if (!found?.ok) return refused(ctx, found ? found.refusal.code : 'unknown_case');
    if (found.value.state !== 'open') return refused(ctx, 'already_decided');
    const view = await caseView(ctx, found.value);
    pages.show(ctx, 'case', { ...view, reason, notice }, { status: notice ? TROUBLES.reason_missing.status : 200 });
  }

  function refused(ctx: Context, code: ReviewRefusal): void {
    pages.trouble(ctx, code, {}, [{ href: '/review', label: pages.words(ctx)('review.back'), primary: true }]);
  }

  async function caseView(ctx: Context, found: ReviewCase): Promise<Omit<CaseView, 'reason' | 'notice'>> {
    const t = pages.words(ctx);
    const stored = await findRequest(deps.db, found.subject.id as BindingRequestId);
    const request = stored && (await describeRequest(deps, stored, pages.visitor(ctx)));
    return {
      title: t('review.case', { id: found.id.slice(-6) }),
      action: `/review/${found.id}`,
      due: t('review.due', { due: moment(t.language, found.dueAt) }),
      pair: request ? pairOf(t, request, null) : [],
      facts: request ? termsOf(t, { ...request, startedHere: false }).facts : [],
      hooks: hooksOf(t, found),
    };
  }
}

/** The decision as it was stored: each hook's verdict and its reasons, in operators' words. */
function hooksOf(t: Translator, { evidence }: ReviewCase): CaseView['hooks'] {
  const hooks = (evidence.hooks ?? []) as Decision['hooks'];
  return hooks.map(({ id, version, verdict, reasons }) => ({
    name: `${id} v${version}`,
    verdict,
    verdictWord: t(`review.verdict.${verdict}`),
    reasons: reasons.map(({ code, detail }) =>
      [code, ...Object.entries(detail ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`)].join(' · '),
    ),
  }));
}
