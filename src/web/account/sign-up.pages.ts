import type Router from '@koa/router';
import type { Context } from 'koa';
import { CODE_DIGITS } from '../../accounts/contact.ts';
import { SHORTEST_PASSWORD } from '../../accounts/new-password.ts';
import { type Refusal, recoded } from '../../kernel/refusals.ts';
import { type SignUpRefusal, signUp } from '../../provisioning/sign-up.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { startSession } from '../core/session.ts';
import { addContactSteps, statusOf } from './contact-steps.ts';

const HERE = '/account/sign-up';
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
  const token = addContactSteps(router, pages, {
    deps,
    here: HERE,
    purpose: 'sign_up',
    showFinish,
  });

  router.post(`${HERE}/finish`, formGuard(pages), async (ctx) => {
    const asked = token.need(ctx);
    if (asked === undefined) return;
    const { address, device } = pages.visitor(ctx);
    const made = await signUp(deps.messages, {
      token: asked,
      code: field(ctx, 'code'),
      login: field(ctx, 'login'),
      displayName: field(ctx, 'name'),
      password: field(ctx, 'password'),
      address,
      passwordPlatforms: deps.passwordPlatforms,
    });
    if (!made.ok) return showFinish(ctx, recoded(made.refusal, ERROR_PAGE_OF[made.refusal.code]));
    token.forget(ctx);
    await noteVisit(deps.db, made.value, device);
    await startSession(pages, ctx, { id: made.value });
    pages.goTo(ctx, '/account');
  });

  function showFinish(ctx: Context, refused?: Refusal<ErrorPageCode>): void {
    const typed = (name: string) => (refused ? field(ctx, name).slice(0, LONGEST_SHOWN_AGAIN) : '');
    const model = {
      title: pages.words(ctx)('signUp.finish.title'),
      digits: CODE_DIGITS,
      shortest: SHORTEST_PASSWORD,
      login: typed('login'),
      name: typed('name'),
      code: refused?.code === 'wrong_contact_code' ? '' : typed('code'),
      notice: refused ? pages.notice(ctx, refused, { count: SHORTEST_PASSWORD }) : null,
    };
    pages.show(ctx, 'sign-up', model, { status: statusOf(refused) });
  }
}
