import type Router from '@koa/router';
import { changeRoles } from '../../accounts/change-roles.ts';
import { findPeople } from '../../accounts/find-people.ts';
import { parseRole, type RoleRefusal } from '../../accounts/role.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { recoded, refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { peoplePage } from './people.views.ts';

const HERE = '/operator/people';
const DONE = ['granted', 'asked', 'withdrawn', 'dropped'] as const;
const STEPS = ['grant', 'withdraw', 'confirm'] as const;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  not_an_operator:         'not_an_operator',
  own_role:                'own_role',
  role_held:               'role_unchanged',
  role_not_held:           'role_unchanged',
  already_asked:           'role_unchanged',
  not_asked_for:           'role_unchanged',
  account_not_normal:      'account_not_normal',
  last_operator:           'last_operator',
  another_operator_needed: 'another_operator_needed',
  unknown_account:         'unknown_person',
} as const satisfies Record<RoleRefusal | 'unknown_account', ErrorPageCode>;

/** Who has which role. Operators grant, confirm and withdraw; auditors look. */
export function peoplePages(router: Router, pages: Pages, deps: WebDeps): void {
  const signedIn = accountGuard(pages, deps.db);

  router.get(pages.returnTargets.add(HERE), signedIn, async (ctx) => {
    const t = pages.words(ctx);
    const by = accountOf(ctx).id;
    const search = { login: textOf(ctx.query.login), platform: textOf(ctx.query.platform) };
    const found = await findPeople(deps, { by, ...search });
    if (!found.ok)
      return pages.errorPage(ctx, found.refusal, {}, [
        { href: '/account', label: t('account.title') },
      ]);
    const done = DONE.find((each) => each === ctx.query.done);
    const notice = done
      ? ({ tone: 'good', title: t(`people.done.${done}`), lines: [] } as const)
      : null;
    pages.show(ctx, 'people', peoplePage(t, found.value, { me: by, search, notice }), { at: HERE });
  });

  router.post(HERE, formGuard(pages), signedIn, async (ctx) => {
    const [role, account] = [parseRole(field(ctx, 'role')), field(ctx, 'account')];
    const kind = STEPS.find((step) => step === field(ctx, 'step'));
    if (!role || !kind) return pages.errorPage(ctx, refusal('bad_form', 'WEB-7P0'));
    const by = accountOf(ctx).id;
    const changed = await changeRoles(deps, { kind, role, account: account as AccountId, by });
    if (changed.ok) return pages.goTo(ctx, `${HERE}?done=${changed.value}`);
    pages.errorPage(ctx, recoded(changed.refusal, ERROR_PAGE_OF[changed.refusal.code]), {}, [
      { href: HERE, label: pages.words(ctx)('people.back'), primary: true },
    ]);
  });
}

/** A parameter of the query; empty when it is missing, repeated or long. */
function textOf(value: unknown): string {
  return typeof value === 'string' && value.length <= 256 ? value : '';
}
