import type Router from '@koa/router';
import type { Context } from 'koa';
import { CODE_DIGITS } from '../../accounts/contact.ts';
import { SHORTEST_PASSWORD } from '../../accounts/new-password.ts';
import { recoverPassword } from '../../accounts/recover-password.ts';
import type { Refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { addContactSteps, statusOf } from './contact-steps.ts';
import { flowOf, inFlow } from './flow.ts';

const HERE = '/account/recover';

/** A forgotten password: an address of the account, the code that it gets, a new password. */
export function recoverPages(router: Router, pages: Pages, deps: WebDeps): void {
  if (!deps.config.signUp) return;
  const token = addContactSteps(router, pages, {
    deps,
    here: HERE,
    purpose: 'recover',
    showFinish,
  });

  router.post(`${HERE}/finish`, formGuard(pages), async (ctx) => {
    const asked = token.need(ctx);
    if (asked === undefined) return;
    const t = pages.words(ctx);
    const recovered = await recoverPassword(deps.messages, {
      token: asked,
      code: field(ctx, 'code'),
      next: field(ctx, 'next'),
      address: pages.visitor(ctx).address,
      told: { subject: t('message.changed.subject'), text: t('message.changed.text') },
    });
    if (!recovered.ok) return showFinish(ctx, recovered.refusal);
    token.forget(ctx);
    pages.say(ctx, {
      tone: 'good',
      title: t('recover.done.title'),
      text: t('recover.done.body'),
      actions: [
        { href: flowOf(ctx) ?? '/account/sign-in', label: t('action.sign_in'), primary: true },
      ],
    });
  });

  function showFinish(ctx: Context, refused?: Refusal<ErrorPageCode>): void {
    const model = {
      title: pages.words(ctx)('recover.finish.title'),
      action: inFlow(ctx, `${HERE}/finish`),
      again: inFlow(ctx, HERE),
      digits: CODE_DIGITS,
      shortest: SHORTEST_PASSWORD,
      notice: refused ? pages.notice(ctx, refused, { count: SHORTEST_PASSWORD }) : null,
    };
    pages.show(ctx, 'recover', model, { status: statusOf(refused), at: model.action });
  }
}
