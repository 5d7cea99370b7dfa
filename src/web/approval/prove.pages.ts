import type Router from '@koa/router';
import type { Context } from 'koa';
import {
  askPerson,
  beginStepPasskey,
  proveStep,
  type StepRefusal,
} from '../../binding/prove-step.ts';
import { type CheckRefusal, startCheck } from '../../evidence/checks/start-check.ts';
import { hasConsent } from '../../evidence/consents/consents.store.ts';
import { giveConsent } from '../../evidence/consents/give-consent.ts';
import { type Refusal, recoded, refusal } from '../../kernel/refusals.ts';
import { consentPage } from '../core/consent-form.views.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { answerScript, decision, field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { uploadPage } from '../core/upload-form.views.ts';
import { DOCUMENT_ERROR_PAGE, uploadGuard, uploadsOf } from '../core/uploads.ts';
import { approvalSessions } from './approval-session.ts';
import type { ApprovalSessionWithStep } from './prove.views.ts';

const AT = '/bind/s/:approvalSession/proof';

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  ...DOCUMENT_ERROR_PAGE,
  unknown_approval_session:           'unknown_approval_session',
  stale_sign_in:             'stale_sign_in',
  request_over:              'request_over',
  not_asked:                 'not_asked',
  not_enough:                'not_enough',
  no_face:                   'not_enough',
  wrong_number_of_documents: 'document_missing',
  already_under_way:         'check_under_way',
  too_many_checks:           'too_many_checks',
} as const satisfies Record<Exclude<CheckRefusal, 'consent_missing'>, ErrorPageCode>;

/** The step-up of an approval session, for its request only (R22). */
export function provePages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);
  const { find, refused, unknown } = approvalSessions(pages, deps);

  for (const step of ['', '/person', '/consent']) {
    router.get(`${AT}${step}`, (ctx) => {
      pages.words(ctx);
      back(ctx);
    });
  }

  router.post(AT, guard, async (ctx) => {
    if (!(await isFor(ctx))) return;
    const proved = await proveStep(deps, {
      ...stepOf(ctx),
      proof: { code: field(ctx, 'code'), passkey: field(ctx, 'passkey') },
    });
    if (proved.ok) return back(ctx);
    const { code } = proved.refusal;
    const told =
      code === 'too_many_attempts'
        ? 'too_many_proofs'
        : code === 'proof_missing'
          ? 'wrong_proof'
          : code;
    await refused(ctx, recoded(proved.refusal, told));
  });

  // passkeys.js asks for this. It gets options as JSON, or a notice to show.
  router.post(`${AT}/options`, guard, async (ctx) => {
    answerScript(pages, ctx, await beginStepPasskey(deps, stepOf(ctx)));
  });

  router.post(`${AT}/person`, guard, async (ctx) => {
    if (!(await isFor(ctx))) return;
    const asked = await askPerson(deps, stepOf(ctx));
    if (!asked.ok) return await refused(ctx, asked.refusal satisfies Refusal<StepRefusal>);
    back(ctx);
  });

  router.get(`${AT}/face`, async (ctx) => {
    const seen = await facing(ctx);
    if (seen) await showFace(ctx, seen);
  });

  router.post(`${AT}/consent`, guard, async (ctx) => {
    const seen = await facing(ctx);
    if (!seen) return;
    if (decision(ctx) !== 'approve') return back(ctx);
    const version = Number(field(ctx, 'version'));
    const { language } = pages.words(ctx);
    const given = await giveConsent(deps.evidence, {
      account: seen.account,
      consent: 'identity_check',
      version,
      language,
    });
    if (!given.ok) return await showFace(ctx, seen, recoded(given.refusal, 'outdated_text'));
    pages.goTo(ctx, `${here(ctx)}/proof/face`);
  });

  const upload = uploadGuard(
    pages,
    async (ctx, next) => {
      if (await facing(ctx)) await next();
    },
    async (ctx) => {
      const seen = await facing(ctx);
      if (seen) await showFace(ctx, seen, refusal('document_too_large', 'WEB-2P0'));
    },
  );

  router.post(`${AT}/face`, upload, async (ctx) => {
    const begun = await startCheck(deps.evidence, { ...stepOf(ctx), uploads: uploadsOf(ctx) });
    if (begun.ok) return back(ctx);
    const { code } = begun.refusal;
    const seen = await facing(ctx);
    if (!seen) return;
    if (code === 'consent_missing') return await showFace(ctx, seen);
    const errorPage = recoded(begun.refusal, ERROR_PAGE_OF[code]);
    if (Object.values<string>(DOCUMENT_ERROR_PAGE).includes(errorPage.code))
      return await showFace(ctx, seen, errorPage);
    await refused(ctx, errorPage);
  });

  function here(ctx: Context): string {
    return `/bind/s/${encodeURIComponent(String(ctx.params.approvalSession))}`;
  }

  function back(ctx: Context): void {
    pages.goTo(ctx, here(ctx));
  }

  function stepOf(ctx: Context) {
    return { approvalSessionId: String(ctx.params.approvalSession), visitor: pages.visitor(ctx) };
  }

  /** Another tab may have changed the account: a proof counts only for the account on the page. */
  async function isFor(ctx: Context): Promise<boolean> {
    const seen = await find(ctx);
    if (!seen.ok) unknown(ctx, seen.refusal);
    else if (
      !seen.value.approvalSession.account ||
      field(ctx, 'account') === seen.value.approvalSession.account.id
    )
      return true;
    else
      pages.errorPage(ctx, refusal('other_page', 'WEB-2P1'), {}, [
        { href: here(ctx), label: pages.words(ctx)('action.continue'), primary: true },
      ]);
    return false;
  }

  /**
   * The session, where it may show a face now; else undefined, and the answer leads to its page.
   */
  async function facing(ctx: Context): Promise<
    | (ApprovalSessionWithStep & {
        readonly account: NonNullable<ApprovalSessionWithStep['approvalSession']['account']>['id'];
      })
    | undefined
  > {
    const seen = await find(ctx);
    if (!seen.ok) {
      unknown(ctx, seen.refusal);
      return undefined;
    }
    const { approvalSession, step } = seen.value;
    if (approvalSession.account && approvalSession.fresh && step?.means)
      return { ...seen.value, account: approvalSession.account.id };
    back(ctx);
    return undefined;
  }

  async function showFace(
    ctx: Context,
    {
      account,
    }: {
      readonly account: NonNullable<ApprovalSessionWithStep['approvalSession']['account']>['id'];
    },
    errorPage?: Refusal<ErrorPageCode>,
  ) {
    const t = pages.words(ctx);
    const notice = errorPage ? { notice: pages.notice(ctx, errorPage) } : {};
    const options = {
      status: errorPage ? ERROR_PAGES[errorPage.code].status : 200,
      at: `${here(ctx)}/proof/face`,
    };
    const away = { back: { href: here(ctx), label: t('prove.back') } };
    if (!(await hasConsent(deps.db, account, 'identity_check'))) {
      const page = consentPage(t, { consent: 'identity_check', next: '', ...notice });
      const refuse = t('prove.consent.refuse');
      return pages.show(
        ctx,
        'separate-consent',
        { ...page, ...away, refuse, action: `${here(ctx)}/proof/consent` },
        options,
      );
    }
    const page = uploadPage(t, { type: 'face_match', due: null, ...notice });
    const words = {
      title: t('prove.face'),
      lede: t('prove.face.lede'),
      due: t('prove.face.due'),
      alternative: null,
    };
    pages.show(
      ctx,
      'upload',
      { ...page, ...words, ...away, action: `${here(ctx)}/proof/face` },
      options,
    );
  }
}
