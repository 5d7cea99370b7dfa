import type Router from '@koa/router';
import type { Context } from 'koa';
import { LOCAL_PLATFORM } from '../../accounts/account.ts';
import { ADD_CONTACT, REMOVE_CONTACT } from '../../accounts/change-contact.ts';
import { CHANGE_PASSWORD } from '../../accounts/change-password.ts';
import { beginPasskey, ENROL_PASSKEY, enrolPasskey } from '../../accounts/enrol-passkey.ts';
import { beginTotp, confirmTotp, ENROL_TOTP, viewTotp } from '../../accounts/enrol-totp.ts';
import type { SentProof } from '../../accounts/factor.ts';
import { findFactors } from '../../accounts/factors.store.ts';
import { hasNoPassword } from '../../accounts/own-account.store.ts';
import { beginPasskeyProof } from '../../accounts/prove-passkey.ts';
import { removal, removeFactor } from '../../accounts/remove-factor.ts';
import type { FactorId } from '../../kernel/ids.ts';
import { type Result, refusal, refuse } from '../../kernel/refusals.ts';
import { CLOSE_ACCOUNT } from '../../provisioning/close-own-account.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { answerScript, field, formGuard } from '../core/forms.ts';
import type { Notice } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { type Refused, securityAppPage, securityPage } from './security.views.ts';

const HERE = '/account/security';
const FACTOR = /^fac_[\w-]{22}$/;
const DONE = ['passkey', 'totp', 'removed', 'password'] as const;
/** Purposes of proofs on this page and on those beside it. */
const PURPOSES: readonly string[] = [
  ENROL_PASSKEY,
  ENROL_TOTP,
  CHANGE_PASSWORD,
  CLOSE_ACCOUNT,
  ADD_CONTACT,
  ...Object.values(REMOVE_CONTACT),
];

/** Second factors: passkeys and an authenticator app are added and removed here. */
export function securityPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { factors } = deps;
  const signedIn = accountGuard(pages, deps.db);
  const guard = formGuard(pages);

  router.get(pages.returnTargets.add(HERE), signedIn, async (ctx) => await show(ctx));

  // passkeys.js asks for this. It gets options as JSON, or a notice to show.
  router.post(`${HERE}/proof`, guard, signedIn, async (ctx) => {
    const purpose = purposeOf(field(ctx, 'purpose'));
    if (purpose === undefined) return answerScript(pages, ctx, refuse('unknown_factor', 'WEB-5S0'));
    answerScript(
      pages,
      ctx,
      await beginPasskeyProof(factors, { account: accountOf(ctx).id, purpose }),
    );
  });

  router.post(`${HERE}/passkeys/options`, guard, signedIn, async (ctx) => {
    answerScript(
      pages,
      ctx,
      await beginPasskey(factors, { account: accountOf(ctx), ...confirmation(ctx) }),
    );
  });

  router.post(`${HERE}/passkeys`, guard, signedIn, async (ctx) => {
    const enrolled = await enrolPasskey(factors, {
      account: accountOf(ctx).id,
      name: field(ctx, 'name'),
      otherwise: deviceName(ctx),
      response: field(ctx, 'response'),
    });
    await answerChange(ctx, enrolled, { form: 'passkey', done: 'passkey' });
  });

  router.post(`${HERE}/totp`, guard, signedIn, async (ctx) => {
    const begun = await beginTotp(factors, { account: accountOf(ctx), ...confirmation(ctx) });
    if (!begun.ok) return await answerChange(ctx, begun, { form: 'app', done: 'totp' });
    pages.show(ctx, 'security-app', securityAppPage(pages.words(ctx), begun.value, null), {
      at: HERE,
    });
  });

  router.post(`${HERE}/totp/confirm`, guard, signedIn, async (ctx) => {
    const [account, token] = [accountOf(ctx), field(ctx, 'token')];
    const t = pages.words(ctx);
    const typed = {
      code: field(ctx, 'code'),
      name: field(ctx, 'name'),
      otherwise: t('security.kind.totp'),
    };
    const confirmed = await confirmTotp(factors, { account, token, ...typed });
    const wrong =
      !confirmed.ok && confirmed.refusal.code === 'wrong_app_code' ? confirmed.refusal : undefined;
    const again = wrong && (await viewTotp(factors, { account, token }));
    if (!again) return await answerChange(ctx, confirmed, { form: 'app', done: 'totp' });
    const page = securityAppPage(t, again, pages.notice(ctx, wrong));
    pages.show(ctx, 'security-app', page, { status: ERROR_PAGES.wrong_app_code.status, at: HERE });
  });

  router.post(`${HERE}/remove`, guard, signedIn, async (ctx) => {
    const factor = field(ctx, 'factor');
    if (!FACTOR.test(factor))
      return pages.errorPage(ctx, refusal('unknown_factor', 'WEB-5S1'), {}, back(ctx));
    const removed = await removeFactor(factors, {
      account: accountOf(ctx).id,
      factor: factor as FactorId,
      ...confirmation(ctx),
    });
    await answerChange(ctx, removed, { form: factor, done: 'removed' });
  });

  async function show(
    ctx: Context,
    refused: (Refused & { readonly status: number }) | null = null,
  ): Promise<void> {
    const t = pages.words(ctx);
    const done = DONE.find((each) => each === ctx.query.done);
    const said: Notice | null =
      done && !refused ? { tone: 'good', title: t(`security.done.${done}`), lines: [] } : null;
    const shown = {
      factors: await findFactors(deps.db, accountOf(ctx).id),
      password: !(await hasNoPassword(deps.db, accountOf(ctx).id)),
      ours: accountOf(ctx).platform === LOCAL_PLATFORM,
      device: deviceName(ctx),
      done: said,
      refused,
    };
    pages.show(ctx, 'security', securityPage(t, shown), {
      status: refused?.status ?? 200,
      at: HERE,
    });
  }

  /** After success the list; after a refusal the list with a notice at the form. */
  async function answerChange(
    ctx: Context,
    result: Result<unknown, ErrorPageCode>,
    { form, done }: { readonly form: string; readonly done: (typeof DONE)[number] },
  ): Promise<void> {
    if (result.ok) return pages.goTo(ctx, `${HERE}?done=${done}`);
    const { code } = result.refusal;
    if (ERROR_PAGES[code].where === 'page')
      return pages.errorPage(ctx, result.refusal, {}, back(ctx));
    await show(ctx, {
      form,
      notice: pages.notice(ctx, result.refusal),
      status: ERROR_PAGES[code].status,
    });
  }

  function back(ctx: Context) {
    return [{ href: HERE, label: pages.words(ctx)('security.back'), primary: true }];
  }

  function deviceName(ctx: Context): string {
    const { label } = pages.visitor(ctx).device;
    return label === '?' ? pages.words(ctx)('security.kind.passkey') : label;
  }
}

/** The password and the proof that the form sent. */
export function confirmation(ctx: Context): {
  readonly password: string;
  readonly proof: SentProof;
} {
  return {
    password: field(ctx, 'password'),
    proof: { code: field(ctx, 'code'), passkey: field(ctx, 'passkey') },
  };
}

/** The purpose, where it is one of these pages; undefined for any other. */
function purposeOf(asked: string): string | undefined {
  if (PURPOSES.includes(asked)) return asked;
  const factor = asked.slice(removal('' as FactorId).length);
  return FACTOR.test(factor) && asked === removal(factor as FactorId) ? asked : undefined;
}
