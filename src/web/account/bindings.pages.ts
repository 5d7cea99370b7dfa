import type Router from '@koa/router';
import type { Context } from 'koa';
import { endBinding } from '../../binding/end-binding.ts';
import { type GradeRefusal, lowerGrade, raiseGrade } from '../../binding/grade-binding.ts';
import { bindingsOf } from '../../binding/list-bindings.ts';
import { resumeBinding, suspendBinding } from '../../binding/suspend-binding.ts';
import { type Refusal, recoded, refusal, refuse } from '../../kernel/refusals.ts';
import type { Preconditions } from '../../policy/unbinding-rules.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Values } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { bindingsView, namesOf } from './bindings.views.ts';

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

/** An account's bindings: suspend (R28), end (R25, R26), and change grades (R40). */
export function bindingsPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);
  const signedIn = accountGuard(pages, deps.db);

  router.get(pages.returnTargets.add(LIST), signedIn, async (ctx) => {
    const bindings = await bindingsOf(deps, { accountId: accountOf(ctx).id });
    pages.show(ctx, 'bindings', bindingsView(pages.words(ctx), bindings));
  });

  for (const [step, verb] of [
    ['suspend', suspendBinding],
    ['resume', resumeBinding],
  ] as const) {
    router.post(`${LIST}/:binding/${step}`, guard, signedIn, async (ctx) => {
      const bindingId = String(ctx.params.binding);
      if (!BINDING.test(bindingId)) return refused(ctx, refusal('unknown_binding', 'WEB-3A0'));
      const changed = await verb(deps, { bindingId, by: accountOf(ctx).id });
      if (changed.ok) return pages.goTo(ctx, LIST);
      const unknown = changed.refusal.code === 'unknown_binding';
      refused(ctx, recoded(changed.refusal, unknown ? 'unknown_binding' : 'not_suspendable'));
    });
  }

  router.post(`${LIST}/:binding/end`, guard, signedIn, async (ctx) => {
    const bindingId = String(ctx.params.binding);
    const ended = BINDING.test(bindingId)
      ? await endBinding(deps, { bindingId, by: accountOf(ctx).id })
      : refuse('unknown_binding', 'WEB-3A1');
    if (ended.ok) return pages.goTo(ctx, LIST);
    const { code } = ended.refusal;
    if (code !== 'not_free') return refused(ctx, recoded(ended.refusal, 'unknown_binding'));
    const { missing } = ended.refusal.detail as { missing: Preconditions };
    // R25
    refused(ctx, recoded(ended.refusal, code), { missing: namesOf(pages.words(ctx), missing) });
  });

  // The primary changes the grade of a sub.
  for (const [step, verb] of [
    ['raise', raiseGrade],
    ['lower', lowerGrade],
  ] as const) {
    router.post(`${LIST}/:binding/${step}`, guard, signedIn, async (ctx) => {
      const bindingId = String(ctx.params.binding);
      const to = field(ctx, 'to');
      if (!BINDING.test(bindingId)) return refused(ctx, refusal('unknown_binding', 'WEB-3G0'));
      const changed = await verb(deps, {
        bindingId,
        by: accountOf(ctx).id,
        to: GRADE.test(to) ? Number(to) : 0,
      });
      if (changed.ok) return pages.goTo(ctx, LIST);
      refused(ctx, recoded(changed.refusal, ERROR_PAGE_OF[changed.refusal.code]));
    });
  }

  function refused(ctx: Context, why: Refusal<ErrorPageCode>, values: Values = {}): void {
    pages.errorPage(ctx, why, values, [
      { href: LIST, label: pages.words(ctx)('account.bindings'), primary: true },
    ]);
  }
}
