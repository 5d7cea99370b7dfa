import type Router from '@koa/router';
import type { Context } from 'koa';
import { CODE_DIGITS } from '../../accounts/contact.ts';
import { SHORTEST_PASSWORD } from '../../accounts/new-password.ts';
import { type Refusal, recoded, refuse } from '../../kernel/refusals.ts';
import {
  type Applicant,
  beginPasskeySignUp,
  type SignUpRefusal,
  signUp,
} from '../../provisioning/sign-up.ts';
import { noteVisit } from '../../risk/signals.store.ts';
import type { WebDeps } from '../core/deps.ts';
import type { ErrorPageCode } from '../core/error-pages.ts';
import { answerScript, field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { startSession } from '../core/session.ts';
import { addContactSteps, statusOf } from './contact-steps.ts';
import { flowOf, inFlow } from './flow.ts';

const HERE = '/account/sign-up';
const LONGEST_SHOWN_AGAIN = 256;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  invalid_field:      'invalid_field',
  login_taken:        'login_taken',
  external_id_taken:  'login_taken', // an account without a platform has no external id
  wrong_contact_code: 'wrong_contact_code',
  weak_password:      'weak_password',
  wrong_proof:        'wrong_proof',
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

  // passkeys.js asks for this. It gets options as JSON, or a notice to show.
  router.post(`${HERE}/passkey`, formGuard(pages), async (ctx) => {
    const asked = token.find(ctx);
    if (asked === undefined)
      return answerScript(pages, ctx, refuse('wrong_contact_code', 'WEB-7U0'));
    const begun = await beginPasskeySignUp(deps, applicant(ctx, asked));
    answerScript(pages, ctx, begun.ok ? begun : refused(begun.refusal));
  });

  router.post(`${HERE}/finish`, formGuard(pages), async (ctx) => {
    const asked = token.need(ctx);
    if (asked === undefined) return;
    const { device } = pages.visitor(ctx);
    const response = field(ctx, 'response');
    const t = pages.words(ctx);
    const name = device.label === '?' ? t('security.kind.passkey') : device.label;
    const made = await signUp(deps, {
      ...applicant(ctx, asked),
      password: field(ctx, 'password'),
      passkey: response === '' ? null : { response, name },
    });
    if (!made.ok) return showFinish(ctx, refused(made.refusal).refusal);
    token.forget(ctx);
    await noteVisit(deps.db, made.value, device);
    await startSession(pages, ctx, { id: made.value });
    pages.goTo(ctx, flowOf(ctx) ?? '/account');
  });

  function applicant(ctx: Context, asked: string): Applicant {
    return {
      token: asked,
      code: field(ctx, 'code'),
      login: field(ctx, 'login'),
      displayName: field(ctx, 'name'),
      address: pages.visitor(ctx).address,
      passwordPlatforms: deps.passwordPlatforms,
    };
  }

  function showFinish(ctx: Context, why?: Refusal<ErrorPageCode>): void {
    const typed = (name: string) => (why ? field(ctx, name).slice(0, LONGEST_SHOWN_AGAIN) : '');
    const model = {
      title: pages.words(ctx)('signUp.finish.title'),
      action: inFlow(ctx, `${HERE}/finish`),
      again: inFlow(ctx, HERE),
      digits: CODE_DIGITS,
      shortest: SHORTEST_PASSWORD,
      login: typed('login'),
      name: typed('name'),
      code: why?.code === 'wrong_contact_code' ? '' : typed('code'),
      notice: why ? pages.notice(ctx, why, { count: SHORTEST_PASSWORD }) : null,
    };
    pages.show(ctx, 'sign-up', model, { status: statusOf(why), at: model.action });
  }
}

function refused(refusal: Refusal<SignUpRefusal>) {
  return { ok: false as const, refusal: recoded(refusal, ERROR_PAGE_OF[refusal.code]) };
}
