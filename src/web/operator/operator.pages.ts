import type Router from '@koa/router';
import { findEscalated } from '../../review/escalate.ts';
import { readClock } from '../../store/clock.store.ts';
import { shortId, titleOf } from '../core/case-words.ts';
import type { WebDeps } from '../core/deps.ts';
import { dayAndHour, dueOf } from '../core/hour.ts';
import type { Pages } from '../core/pages.ts';
import { requireAccount } from '../core/session.ts';

/** How many cases wait, and which are late. Only reviewers see whose they are (R4, R23). */
export function operatorPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get(pages.returnTargets.add('/operator'), async (ctx) => {
    const operator = await requireAccount(pages, deps.db, ctx);
    if (!operator) return;
    const t = pages.words(ctx);
    const escalated = await findEscalated(deps, { operator: operator.id });
    if (!escalated.ok) {
      return pages.errorPage(ctx, escalated.refusal, {}, [
        { href: '/account', label: t('account.title') },
      ]);
    }
    const now = await readClock(deps.db);
    const { counts, cases } = escalated.value;
    pages.show(ctx, 'operator', {
      title: t('operator.title'),
      lede: t(cases.length > 0 ? 'operator.lede' : 'operator.none'),
      counts: counts.map(({ subject, kind, open, late }) => ({
        what: titleOf(t, { subject, kind }),
        open,
        late,
      })),
      cases: cases.map(({ id, subject, kind, dueAt, escalatedAt }) => ({
        id: t('review.case', { id: shortId(id) }),
        what: titleOf(t, { subject, kind }),
        due: dueOf(t, dueAt, now),
        escalated: t('operator.escalated', { at: dayAndHour(t.language, escalatedAt) }),
      })),
    });
  });
}
