import type Router from '@koa/router';
import type { Context } from 'koa';
import { LOCAL_PLATFORM } from '../../accounts/account.ts';
import { CHANGE_PASSWORD, changePassword } from '../../accounts/change-password.ts';
import { SHORTEST_PASSWORD } from '../../accounts/new-password.ts';
import { type Refusal, refusal } from '../../kernel/refusals.ts';
import type { Preconditions } from '../../policy/unbinding-rules.ts';
import {
  CLOSE_ACCOUNT,
  closeOwnAccount,
  viewClosing,
} from '../../provisioning/close-own-account.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf, endSession, startSession } from '../core/session.ts';
import { namesOf } from './bindings.views.ts';
import { changeForm } from './change-form.ts';
import { statusOf } from './contact-steps.ts';
import { confirmation } from './security.pages.ts';

/** The password of an account that Bindery keeps, and its end. Other accounts have a platform. */
export function ownAccountPages(router: Router, pages: Pages, deps: WebDeps): void {
  const signedIn = accountGuard(pages, deps.db);
  const guard = formGuard(pages);

  router.get(pages.returnTargets.add('/account/password'), signedIn, async (ctx) => {
    if (isOurs(ctx)) await showPassword(ctx);
  });

  router.post('/account/password', guard, signedIn, async (ctx) => {
    if (!isOurs(ctx)) return;
    const account = accountOf(ctx);
    const t = pages.words(ctx);
    const changed = await changePassword(deps.factors, {
      account,
      next: field(ctx, 'next'),
      told: { subject: t('message.changed.subject'), text: t('message.changed.own') },
      ...confirmation(ctx),
    });
    if (!changed.ok) return await showPassword(ctx, changed.refusal);
    // Every session is over, this one too; the person just proved who they are, and goes on.
    await startSession(pages, ctx, account, changed.value.signedOutAt + 1);
    pages.goTo(ctx, '/account/security?done=password');
  });

  router.get(pages.returnTargets.add('/account/close'), signedIn, async (ctx) => {
    if (isOurs(ctx)) await showClosing(ctx);
  });

  router.post('/account/close', guard, signedIn, async (ctx) => {
    if (!isOurs(ctx)) return;
    const closed = await closeOwnAccount(deps, { account: accountOf(ctx), ...confirmation(ctx) });
    if (!closed.ok) return await showClosing(ctx, closed.refusal);
    endSession(pages, ctx);
    const t = pages.words(ctx);
    pages.say(ctx, {
      tone: 'good',
      title: t('close.done.title'),
      text: t('close.done.body'),
      actions: [{ href: '/', label: t('page.home') }],
    });
  });

  /** False after the answer: the account is of a platform, which changes and closes it. */
  function isOurs(ctx: Context): boolean {
    if (accountOf(ctx).platform === LOCAL_PLATFORM) return true;
    pages.errorPage(ctx, refusal('platform_keeps_account', 'WEB-7Q0'));
    return false;
  }

  async function showPassword(ctx: Context, refused?: Refusal<ErrorPageCode>): Promise<void> {
    const change = await changeForm(pages, deps, {
      ctx,
      purpose: CHANGE_PASSWORD,
      refused,
      values: { count: SHORTEST_PASSWORD },
    });
    const t = pages.words(ctx);
    pages.show(
      ctx,
      'password',
      {
        title: t(change.password ? 'password.title' : 'password.first.title'),
        lede: t(change.password ? 'password.lede' : 'password.first.lede'),
        login: accountOf(ctx).login,
        shortest: SHORTEST_PASSWORD,
        change,
      },
      { status: statusOf(refused) },
    );
  }

  async function showClosing(ctx: Context, refused?: Refusal<ErrorPageCode>): Promise<void> {
    const t = pages.words(ctx);
    const { id, roles } = accountOf(ctx);
    const { bindings, missing } = await viewClosing(deps, id);
    const told = refused?.code === 'not_free' ? missingIn(refused) : missing;
    const values = { missing: namesOf(t, told) };
    const obstacle =
      roles.length > 0
        ? t('close.roles')
        : told.length > 0
          ? t('error.not_free.what', values)
          : null;
    const change = await changeForm(pages, deps, { ctx, purpose: CLOSE_ACCOUNT, refused, values });
    const ends = bindings > 0 ? [t('close.bindings', { count: bindings })] : [];
    const lines = [...ends, t('close.sign_in'), t('close.data'), t('close.for_good')];
    pages.show(
      ctx,
      'close',
      { title: t('close.title'), lines, obstacle, change },
      { status: statusOf(refused) },
    );
  }
}

function missingIn({ detail }: Refusal): Preconditions {
  return (detail as { missing: Preconditions }).missing;
}
