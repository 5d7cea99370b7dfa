import type Router from '@koa/router';
import type { Context } from 'koa';
import { openSignings } from '../../evidence/signings/open-signings.ts';
import { openCases } from '../../review/open-cases.ts';
import type { QueueFilter } from '../../review/queue.store.ts';
import { readClock } from '../../store/clock.store.ts';
import { shortId } from '../core/case-words.ts';
import type { WebDeps } from '../core/deps.ts';
import type { Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { requireAccount } from '../core/session.ts';
import {
  filtersOf,
  KINDS,
  queryOf,
  rowOf,
  SUBJECTS,
  signingRowOf,
  viewsOf,
} from './review.views.ts';

export const CASE = /^cas_[\w-]{22}$/;

/** The results of a decision that the queue can show afterwards. */
const OUTCOMES = ['accepted', 'rejected', 'half'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The queue of cases that people decide (R23). */
export function reviewPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get(pages.returnTargets.add('/review'), async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (!reviewer) return;
    const t = pages.words(ctx);
    const filter = filterOf(ctx);
    const after = asked(ctx, 'after');
    const queue = await openCases(deps, {
      reviewer: reviewer.id,
      filter,
      after: CASE.test(after) ? after : undefined,
    });
    const signings = await openSignings(deps.evidence, { reviewer: reviewer.id });
    const account = { href: '/account', label: t('account.title') };
    if (!queue.ok) return pages.errorPage(ctx, queue.refusal, {}, [account]);
    if (!signings.ok) return pages.errorPage(ctx, signings.refusal, {}, [account]);
    const now = await readClock(deps.db);
    const { cases, counts, next } = queue.value;
    const done = doneNotice(t, asked(ctx, 'done'), asked(ctx, 'how'));
    pages.show(ctx, 'review', {
      title: t('review.title'),
      lede: t(
        cases.length > 0 ? 'review.lede' : counts.open > 0 ? 'review.none.here' : 'review.none',
      ),
      notice: done,
      views: viewsOf(t, filter, counts),
      filters: filtersOf(t, filter),
      cases: cases.map((found) => rowOf(t, found, { filter, now })),
      goOn: done !== null,
      next: next && address(filter, { after: next }),
      signings: signings.value.map((signing) => signingRowOf(t, signing, reviewer.id)),
    });
  });
}

/** The filter in the query; unknown values are ignored. */
export function filterOf(ctx: Context): QueueFilter {
  const [subject, kind] = [asked(ctx, 'subject'), asked(ctx, 'kind')];
  return {
    subject: SUBJECTS.find((each) => each === subject),
    kind: KINDS.find((each) => each === kind),
    appeals: asked(ctx, 'appeals') === '1' || undefined,
    late: asked(ctx, 'late') === '1' || undefined,
  };
}

/** Where a decision leads back to: the same queue, with a notice of the decision. */
export function queueAfter(filter: QueueFilter, caseId: string, outcome: Outcome): string {
  return address(filter, { done: caseId, how: outcome });
}

function address(filter: QueueFilter, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams([
    ...new URLSearchParams(queryOf(filter)),
    ...Object.entries(more),
  ]);
  return `/review?${query.toString()}`;
}

function doneNotice(t: Translator, caseId: string, how: string): Notice | null {
  const outcome = OUTCOMES.find((each) => each === how);
  if (!outcome || !CASE.test(caseId)) return null;
  return { tone: 'good', title: t(`review.done.${outcome}`, { id: shortId(caseId) }), lines: [] };
}

function asked(ctx: Context, name: string): string {
  const value = ctx.query[name];
  return typeof value === 'string' ? value : '';
}
