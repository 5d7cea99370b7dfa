import type Router from '@koa/router';
import type { Context } from 'koa';
import type { Qualification } from '../../accounts/account.ts';
import { findAccount } from '../../accounts/accounts.store.ts';
import { endBinding } from '../../binding/end-binding.ts';
import { bindingsOf } from '../../binding/list-bindings.ts';
import { resumeBinding, suspendBinding } from '../../binding/suspend-binding.ts';
import { countUnread } from '../../evidence/notices.store.ts';
import type { Preconditions } from '../../policy/unbinding-rules.ts';
import { accountHint, packWord } from '../core/binding-words.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import { moment, type Translator, wordFor } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';
import { endSession, requireAccount, startSession } from '../core/session.ts';
import type { AccountView, BindingsView, GradeStep } from './account.model.ts';
import { enterByForm } from './sign-in.pages.ts';

/** Pages that a sign-in here may lead back to; anything else goes to `/account`. */
const RETURNS =
  /^\/(account(\/(bindings|notices|security|data(\/(correct|delete))?|refusals(\/brq_[\w-]{22})?|verification(\/[a-z_]{1,40})?))?|review(\/(cas|signings\/evi)_[\w-]{22})?|operator(\/board)?)$/;
const BINDING = /^bnd_[\w-]{22}$/;

type Mine = Awaited<ReturnType<typeof bindingsOf>>[number];

/** A person's own account: settings, bindings, and the brake (R8, R20, R28). */
export function accountPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);

  router.get('/account', async (ctx) => {
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

  router.get('/account/sign-in', (ctx) => showSignIn(ctx));

  router.post('/account/sign-in', guard, async (ctx) => {
    const entered = await enterByForm(pages, deps, ctx);
    if (!entered.ok) return showSignIn(ctx, field(ctx, 'login'), entered.refusal.code);
    await startSession(pages, ctx, entered.value.account);
    pages.goTo(ctx, returnOf(ctx));
  });

  router.post('/account/sign-out', guard, (ctx) => {
    endSession(pages, ctx);
    pages.goTo(ctx, '/');
  });

  router.get('/account/bindings', async (ctx) => {
    const account = await requireAccount(pages, deps.db, ctx);
    if (!account) return;
    const t = pages.words(ctx);
    pages.show(ctx, 'bindings', bindingsView(t, await bindingsOf(deps, { accountId: account.id })));
  });

  for (const [step, verb] of [
    ['suspend', suspendBinding],
    ['resume', resumeBinding],
  ] as const) {
    router.post(`/account/bindings/:binding/${step}`, guard, async (ctx) => {
      const account = await requireAccount(pages, deps.db, ctx);
      if (!account) return;
      const bindingId = String(ctx.params.binding);
      const back = [
        { href: '/account/bindings', label: pages.words(ctx)('account.bindings'), primary: true },
      ];
      if (!BINDING.test(bindingId)) return pages.errorPage(ctx, 'unknown_binding', {}, back);
      const changed = await verb(deps, { bindingId, by: account.id });
      if (!changed.ok)
        return pages.errorPage(
          ctx,
          changed.refusal.code === 'unknown_binding' ? 'unknown_binding' : 'not_suspendable',
          {},
          back,
        );
      pages.goTo(ctx, '/account/bindings');
    });
  }

  router.post('/account/bindings/:binding/end', guard, async (ctx) => {
    const account = await requireAccount(pages, deps.db, ctx);
    if (!account) return;
    const bindingId = String(ctx.params.binding);
    const t = pages.words(ctx);
    const back = [{ href: '/account/bindings', label: t('account.bindings'), primary: true }];
    const ended = BINDING.test(bindingId)
      ? await endBinding(deps, { bindingId, by: account.id })
      : undefined;
    if (ended?.ok) return pages.goTo(ctx, '/account/bindings');
    if (ended?.refusal.code !== 'not_free')
      return pages.errorPage(ctx, 'unknown_binding', {}, back);
    const { missing } = ended.refusal.detail as { missing: Preconditions };
    pages.errorPage(ctx, 'not_free', { missing: namesOf(t, missing) }, back); // R25
  });

  function showSignIn(ctx: Context, login = '', errorPage?: ErrorPageCode): void {
    const t = pages.words(ctx);
    const notice = errorPage ? pages.notice(ctx, errorPage) : null;
    const action = `/account/sign-in?to=${encodeURIComponent(returnOf(ctx))}`;
    const model = {
      title: t('signIn.title'),
      action,
      lede: t('signIn.lede.account'),
      aside: null,
      login,
      notice,
      cancel: null,
    };
    pages.show(ctx, 'sign-in', model, { status: errorPage ? ERROR_PAGES[errorPage].status : 200 });
  }
}

/** Only ever one of our own paths: an open redirect starts with a "to" that was believed. */
function returnOf(ctx: Context): string {
  const { to } = ctx.query;
  return typeof to === 'string' && RETURNS.test(to) ? to : '/account';
}

function settings(t: Translator, roles: readonly string[]): AccountView['groups'] {
  const desks = [
    ...(roles.includes('reviewer')
      ? [{ href: '/review', label: t('account.review'), hint: t('account.review.hint') }]
      : []),
    ...(roles.includes('operator')
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

/** Who the account belongs to, what is kept of that, and what has changed about it. */
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

function bindingsView(t: Translator, bindings: readonly Mine[]): BindingsView {
  const rows = (role: Mine['role']) =>
    bindings.filter((binding) => binding.role === role).map((binding) => rowOf(t, binding));
  const groups = [
    { title: t('bindings.mine.primary'), bindings: rows('primary') },
    { title: t('bindings.mine.sub'), bindings: rows('sub') },
  ];
  return {
    title: t('bindings.title'),
    groups: groups.filter((group) => group.bindings.length > 0),
  };
}

/** Who may lift it is who holds it (R28); what evidence holds, evidence lifts (R5). */
function changeOf({ state, suspendedBy, role }: Mine): 'suspend' | 'resume' | null {
  if (state !== 'active' && state !== 'suspended') return null;
  return suspendedBy.includes(role) ? 'resume' : 'suspend';
}

function holdsOf(t: Translator, { suspendedBy, role }: Mine): string[] {
  return suspendedBy.map((holder) =>
    t(
      `bindings.held.${holder === role ? 'you' : holder === 'primary' || holder === 'sub' ? 'other' : holder}`,
    ),
  );
}

function rowOf(t: Translator, mine: Mine): BindingsView['groups'][number]['bindings'][number] {
  const { id, counterpart, state, since, permissions, unbinding } = mine;
  return {
    id,
    name: counterpart.displayName,
    hint: accountHint(t, counterpart),
    state,
    stateWord: t(`bindings.state.${state}`, { days: unbinding.historyDays }),
    since: t('bindings.since', { since: moment(t.language, since) }),
    permissions: permissions.map(({ name }) => wordFor(t, 'permission', name)),
    grade: gradeOf(t, mine),
    holds: holdsOf(t, mine),
    change: changeOf(mine),
    ends: changeOf(mine) === null ? null : endingOf(t, unbinding),
  };
}

/** What unbinding does, and what it takes, as the binding's own rules say (R25, R26). */
function endingOf(t: Translator, { historyDays, preconditions }: Mine['unbinding']): string {
  const needs =
    preconditions.length > 0 ? t('bindings.end.needs', { missing: namesOf(t, preconditions) }) : '';
  return t('bindings.end.hint', { days: historyDays, needs }).trim();
}

function namesOf(t: Translator, names: Preconditions): string {
  return names.map((name) => t(`missing.${name}`)).join(t('missing.and'));
}

/** One step up and one down, by the names that the pack gives its grades. */
function gradeOf(
  t: Translator,
  { grade, role, state }: Mine,
): BindingsView['groups'][number]['bindings'][number]['grade'] {
  if (grade === null) return null;
  const nameOf = (at: number) => packWord(t, grade.titles[at - 1]);
  const step = (step: GradeStep['step'], to: number): readonly GradeStep[] => {
    return to < 1 || to > grade.titles.length
      ? []
      : [{ step, to, label: t(`bindings.grade.${step}`, { grade: nameOf(to) }) }];
  };
  const mayStep = role === 'primary' && (state === 'active' || state === 'suspended');
  return {
    word: t('bindings.grade', { grade: nameOf(grade.now) }),
    steps: mayStep ? [...step('raise', grade.now + 1), ...step('lower', grade.now - 1)] : [],
  };
}
