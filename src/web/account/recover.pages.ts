import type Router from '@koa/router';
import type { Context } from 'koa';
import { CODE_DIGITS } from '../../accounts/contact.ts';
import { SHORTEST_PASSWORD } from '../../accounts/new-password.ts';
import { recoverPassword } from '../../accounts/recover-password.ts';
import { kindsOf, sendCode } from '../../accounts/send-code.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { codeWords, forgetToken, recallToken, rememberToken } from './contact-codes.ts';

const HERE = '/account/recover';
const FINISH = `${HERE}/finish`;
const COOKIE = 'bindery_recover';
const LONGEST_SHOWN_AGAIN = 256;

/** A forgotten password: an address of the account, the code that it gets, a new password. */
export function recoverPages(router: Router, pages: Pages, deps: WebDeps): void {
  if (!deps.config.signUp) return;
  const guard = formGuard(pages);
  const kinds = kindsOf(deps.messages);
  const reach = kinds.length > 1 ? 'both' : (kinds[0] ?? 'mail');

  router.get(HERE, (ctx) => showStart(ctx, ''));

  router.post(HERE, guard, async (ctx) => {
    const typed = field(ctx, 'contact');
    const sent = await sendCode(deps.messages, {
      purpose: 'recover',
      typed,
      address: pages.visitor(ctx).address,
      words: codeWords(pages.words(ctx), 'recover'),
    });
    if (!sent.ok) return showStart(ctx, typed, sent.refusal);
    rememberToken(pages, ctx, COOKIE, sent.value.token);
    pages.goTo(ctx, FINISH);
  });

  router.get(FINISH, (ctx) => {
    pages.words(ctx);
    if (recallToken(pages, ctx, COOKIE) === undefined) return pages.goTo(ctx, HERE);
    showFinish(ctx);
  });

  router.post(FINISH, guard, async (ctx) => {
    const token = recallToken(pages, ctx, COOKIE);
    if (token === undefined) return pages.goTo(ctx, HERE);
    const t = pages.words(ctx);
    const recovered = await recoverPassword(deps.messages, {
      token,
      code: field(ctx, 'code'),
      next: field(ctx, 'next'),
      address: pages.visitor(ctx).address,
      told: { subject: t('message.changed.subject'), text: t('message.changed.text') },
    });
    if (!recovered.ok) return showFinish(ctx, recovered.refusal);
    forgetToken(pages, ctx, COOKIE);
    const label = t('action.sign_in');
    pages.say(ctx, {
      tone: 'good',
      title: t('recover.done.title'),
      text: t('recover.done.body'),
      actions: [{ href: '/account/sign-in', label, primary: true }],
    });
  });

  function showStart(ctx: Context, typed: string, refused?: Refusal<ErrorPageCode>): void {
    const t = pages.words(ctx);
    const model = {
      title: t('recover.title'),
      lede: t('recover.lede'),
      action: HERE,
      label: t(`contact.${reach}`),
      typed: typed.slice(0, LONGEST_SHOWN_AGAIN),
      notice: refused ? pages.notice(ctx, refused) : null,
    };
    pages.show(ctx, 'contact', model, { status: statusOf(refused) });
  }

  function showFinish(ctx: Context, refused?: Refusal<ErrorPageCode>): void {
    const t = pages.words(ctx);
    const model = {
      title: t('recover.finish.title'),
      digits: CODE_DIGITS,
      shortest: SHORTEST_PASSWORD,
      notice: refused ? pages.notice(ctx, refused, { count: SHORTEST_PASSWORD }) : null,
    };
    pages.show(ctx, 'recover', model, { status: statusOf(refused) });
  }
}

function statusOf(refused: Refusal<ErrorPageCode> | undefined): number {
  return refused ? ERROR_PAGES[refused.code].status : 200;
}
