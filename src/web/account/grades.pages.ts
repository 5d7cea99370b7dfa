import type Router from '@koa/router';
import { type GradeRefusal, lowerGrade, raiseGrade } from '../../binding/grade-binding.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';

const LIST = '/account/bindings';
const BINDING = /^bnd_[\w-]{22}$/;
const GRADE = /^[1-9]$/;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  unknown_binding: 'unknown_binding',
  already_ended:   'unknown_binding',
  primary_only:    'grade_unchanged',
  not_graded:      'grade_unchanged',
  unknown_grade:   'grade_unchanged',
  not_higher:      'grade_unchanged',
  not_lower:       'grade_unchanged',
} as const satisfies Record<GradeRefusal, ErrorPageCode>;

/** The primary raises and lowers what a sub may do, under packs that have grades (R40). */
export function gradesPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);
  const signedIn = accountGuard(pages, deps.db);

  for (const [step, verb] of [
    ['raise', raiseGrade],
    ['lower', lowerGrade],
  ] as const) {
    router.post(`${LIST}/:binding/${step}`, guard, signedIn, async (ctx) => {
      const bindingId = String(ctx.params.binding);
      const to = field(ctx, 'to');
      const back = [{ href: LIST, label: pages.words(ctx)('account.bindings'), primary: true }];
      if (!BINDING.test(bindingId)) return pages.errorPage(ctx, 'unknown_binding', {}, back);
      const changed = await verb(deps, {
        bindingId,
        by: accountOf(ctx).id,
        to: GRADE.test(to) ? Number(to) : 0,
      });
      if (!changed.ok) return pages.errorPage(ctx, ERROR_PAGE_OF[changed.refusal.code], {}, back);
      pages.goTo(ctx, LIST);
    });
  }
}
