import type Router from '@koa/router';
import type { Context } from 'koa';
import { CODE_DIGITS } from '../../accounts/contact.ts';
import { SHORTEST_PASSWORD } from '../../accounts/new-password.ts';
import { kindsOf, sendCode } from '../../accounts/send-code.ts';
import { type Refusal, recoded } from '../../kernel/refusals.ts';
import { type SignUpRefusal, signUp } from '../../provisioning/sign-up.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { startSession } from '../core/session.ts';
import { codeWords, forgetToken, recallToken, rememberToken } from './contact-codes.ts';

const HERE = '/account/sign-up';
const FINISH = `${HERE}/finish`;
const COOKIE = 'bindery_sign_up';
const LONGEST_SHOWN_AGAIN = 256;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  invalid_field:      'invalid_field',
  login_taken:        'login_taken',
  external_id_taken:  'login_taken', // an account without a platform has no external id
  wrong_contact_code: 'wrong_contact_code',
  weak_password:      'weak_password',
  too_many_attempts:  'too_many_attempts',
} as const satisfies Record<SignUpRefusal, ErrorPageCode>;

/** People make accounts of Bindery's own: an address, the code that it gets, a login. */
export function signUpPages(router: Router, pages: Pages, deps: WebDeps): void {
  if (!deps.config.signUp) return;
  const guard = formGuard(pages);
  const kinds = kindsOf(deps.messages);
  const reach = kinds.length > 1 ? 'both' : (kinds[0] ?? 'mail');

  router.get(HERE, (ctx) => showStart(ctx, ''));

  router.post(HERE, guard, async (ctx) => {
    const typed = field(ctx, 'contact');
    const sent = await sendCode(deps.messages, {
      purpose: 'sign_up',
      typed,
      address: pages.visitor(ctx).address,
      words: codeWords(pages.words(ctx), 'sign_up'),
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
    const { address, device } = pages.visitor(ctx);
    const made = await signUp(deps.messages, {
      token,
      code: field(ctx, 'code'),
      login: field(ctx, 'login'),
      displayName: field(ctx, 'name'),
      password: field(ctx, 'password'),
      address,
    });
    if (!made.ok) return showFinish(ctx, recoded(made.refusal, ERROR_PAGE_OF[made.refusal.code]));
    forgetToken(pages, ctx, COOKIE);
    await noteVisit(deps.db, made.value, device);
    await startSession(pages, ctx, { id: made.value });
    pages.goTo(ctx, '/account');
  });

  function showStart(ctx: Context, typed: string, refused?: Refusal<ErrorPageCode>): void {
    const t = pages.words(ctx);
    const model = {
      title: t('signUp.title'),
      lede: t('signUp.lede'),
      action: HERE,
      label: t(`contact.${reach}`),
      typed: typed.slice(0, LONGEST_SHOWN_AGAIN),
      notice: refused ? pages.notice(ctx, refused) : null,
    };
    pages.show(ctx, 'contact', model, { status: statusOf(refused) });
  }

  function showFinish(ctx: Context, refused?: Refusal<ErrorPageCode>): void {
    const t = pages.words(ctx);
    const shown = (name: string) => field(ctx, name).slice(0, LONGEST_SHOWN_AGAIN);
    const posted = ctx.method === 'POST';
    const model = {
      title: t('signUp.finish.title'),
      digits: CODE_DIGITS,
      shortest: SHORTEST_PASSWORD,
      login: posted ? shown('login') : '',
      name: posted ? shown('name') : '',
      code: posted && refused?.code !== 'wrong_contact_code' ? shown('code') : '',
      notice: refused ? pages.notice(ctx, refused, { count: SHORTEST_PASSWORD }) : null,
    };
    pages.show(ctx, 'sign-up', model, { status: statusOf(refused) });
  }
}

function statusOf(refused: Refusal<ErrorPageCode> | undefined): number {
  return refused ? ERROR_PAGES[refused.code].status : 200;
}
