import type Router from '@koa/router';
import type { Qualification } from '../../accounts/account.ts';
import { findAccount } from '../../accounts/accounts.store.ts';
import { countUnread } from '../../evidence/pieces/notices.store.ts';
import { accountHint } from '../core/binding-words.ts';
import type { WebDeps } from '../core/deps.ts';
import type { Translator } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';
import { requireAccount } from '../core/session.ts';
import type { AccountView } from './account.model.ts';

/** A person's own account: what belongs to it, and who it belongs to (R8). */
export function accountPages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get(pages.returnTargets.add('/account'), async (ctx) => {
    const account = await requireAccount(pages, deps.db, ctx);
    if (!account) return;
    const t = pages.words(ctx);
    const [found, unread] = await Promise.all([
      findAccount(deps.db, account.id),
      countUnread(deps.db, account.id),
    ]);
    const [bindings, ...desks] = settings(t, account.roles);
    const groups = [bindings, identity(t, found?.qualification ?? 'none', unread), ...desks].filter(
      (group) => group !== undefined,
    );
    pages.show(ctx, 'account', {
      title: t('account.title'),
      account: { name: account.displayName, hint: accountHint(t, account) },
      groups,
    });
  });
}

function settings(t: Translator, roles: readonly string[]): AccountView['groups'] {
  const desks = [
    ...(roles.includes('reviewer')
      ? [{ href: '/review', label: t('account.review'), hint: t('account.review.hint') }]
      : []),
    ...(roles.includes('operator') || roles.includes('auditor')
      ? [{ href: '/operator', label: t('account.operator'), hint: t('account.operator.hint') }]
      : []),
  ];
  return [
    {
      title: `${t('account.settings')} › ${t('account.management')}`, // R8
      links: [
        {
          href: '/account/bindings',
          label: t('account.bindings'),
          hint: t('account.bindings.hint'),
        },
        { href: '/bind', label: t('account.add_sub'), hint: t('account.add_sub.hint') },
        {
          href: '/account/security',
          label: t('account.security'),
          hint: t('account.security.hint'),
        },
      ],
    },
    ...desks.map((desk) => ({ title: desk.label, links: [desk] })),
  ];
}

/** The links about the owner: verification, notices, stored data, refusals. */
function identity(
  t: Translator,
  qualification: Qualification,
  unread: number,
): AccountView['groups'][number] {
  const news =
    unread > 0 ? t('account.notices.unread', { count: unread }) : t('account.notices.none');
  return {
    title: t('account.identity'),
    links: [
      {
        href: '/account/verification',
        label: t('account.verification'),
        hint: t(`account.verification.${qualification}`),
      },
      { href: '/account/notices', label: t('account.notices'), hint: news },
      { href: '/account/data', label: t('account.data'), hint: t('account.data.hint') },
      { href: '/account/refusals', label: t('account.refusals'), hint: t('account.refusals.hint') },
    ],
  };
}
