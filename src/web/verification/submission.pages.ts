import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { findAccount } from '../../accounts/accounts.store.ts';
import { findClaim, findOwnerKind } from '../../evidence/claims/claims.store.ts';
import { hasConsent } from '../../evidence/consents/consents.store.ts';
import { trackOf } from '../../evidence/consents/track.ts';
import { findEvidenceOf } from '../../evidence/pieces/evidence.store.ts';
import {
  EVIDENCE,
  EVIDENCE_TYPES,
  type EvidenceType,
  isAskedOf,
} from '../../evidence/pieces/evidence-type.ts';
import {
  type SubmitForAccountRefusal,
  submitForAccount,
} from '../../evidence/submissions/submit-evidence.ts';
import { type Refusal, recoded, refusal } from '../../kernel/refusals.ts';
import { materialDueAfter } from '../../review/deadline.ts';
import { readClock } from '../../store/clock.store.ts';
import { showConsent } from '../core/consent-form.views.ts';
import { parseLastDay } from '../core/day.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field } from '../core/forms.ts';
import type { Action } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { uploadPage } from '../core/upload-form.views.ts';
import { DOCUMENT_ERROR_PAGE, uploadGuard, uploadsOf } from '../core/uploads.ts';
import { noticeOf } from './declaration.pages.ts';

const OVERVIEW = '/account/verification';
const TYPE = /^[a-z_]{1,40}$/;
/** The most characters of an invalid date that are shown again. */
const LONGEST_DATE = 32;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  ...DOCUMENT_ERROR_PAGE,
  not_asked_for:             'not_found',
  unknown_account:           'broken',
  wrong_number_of_documents: 'document_missing',
  out_of_date:               'out_of_date',
  already_under_way:         'already_under_way',
  too_many_attempts:         'too_many_pieces',
} as const satisfies Record<Exclude<SubmitForAccountRefusal, 'not_declared' | 'consent_missing'>, ErrorPageCode>;

/** The submission of one piece of evidence: its consent, its form and its files (R3). */
export function submissionPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { db, evidence } = deps;
  const signedIn = accountGuard(pages, db);

  /** Only the types of evidence that this account must submit have a page. */
  const asked: Middleware = async (ctx, next) => {
    if (await isAsked(ctx)) return await next();
    pages.errorPage(ctx, refusal('not_found', 'WEB-4S0'));
  };
  const guard = uploadGuard(
    pages,
    async (ctx, next) => await signedIn(ctx, async () => await asked(ctx, next)),
    async (ctx) => await showForm(ctx, refusal('document_too_large', 'WEB-4S1')),
  );

  router.get(
    pages.returnTargets.add('/account/verification/:type', { type: TYPE }),
    signedIn,
    asked,
    async (ctx) => {
      const type = currentType(ctx);
      if (!(await isDeclared(ctx))) return pages.goTo(ctx, `${OVERVIEW}/declare`);
      const pieces = await findEvidenceOf(db, accountOf(ctx).id);
      if (
        pieces.some(
          (piece) => piece.type === type && ['uploaded', 'checking'].includes(piece.evidence.state),
        )
      )
        return showUnderWay(ctx);
      const consent = EVIDENCE[type].consent;
      if (!(await hasConsent(db, accountOf(ctx).id, consent)))
        return showConsent(pages, ctx, { consent, next: type });
      await showForm(ctx);
    },
  );

  router.post('/account/verification/:type', guard, async (ctx) => {
    const type = currentType(ctx);
    const validUntil = parseLastDay(field(ctx, 'valid_until'));
    if (validUntil === undefined) return await showForm(ctx, refusal('malformed_date', 'WEB-4S2'));
    const submitted = await submitForAccount(evidence, {
      account: accountOf(ctx).id,
      type,
      validUntil,
      uploads: uploadsOf(ctx),
    });
    if (submitted.ok) return pages.goTo(ctx, OVERVIEW);
    const { refusal: refused } = submitted;
    const { code } = refused;
    if (code === 'consent_missing')
      return showConsent(pages, ctx, { consent: EVIDENCE[type].consent, next: type });
    const t = pages.words(ctx);
    if (code === 'not_declared') {
      const declare = {
        href: `${OVERVIEW}/declare`,
        label: t('verify.step.declare.go'),
        primary: true,
      };
      return pages.errorPage(ctx, recoded(refused, code), {}, [declare]);
    }
    if (code === 'already_under_way')
      return pages.errorPage(ctx, recoded(refused, code), {}, [backTo(ctx)]);
    await showForm(ctx, recoded(refused, ERROR_PAGE_OF[code]));
  });

  async function isAsked(ctx: Context): Promise<boolean> {
    const type = typeOf(ctx);
    if (type === undefined || EVIDENCE[type].brings === 'confirmation') return false;
    const { id, kind } = accountOf(ctx);
    return isAskedOf(trackOf(kind, await findOwnerKind(db, id)), type);
  }

  async function isDeclared(ctx: Context): Promise<boolean> {
    const { id } = accountOf(ctx);
    return (await findClaim(db, id)) !== undefined || (await findAccount(db, id))?.ownerId !== null;
  }

  async function showForm(ctx: Context, errorPage?: Refusal<ErrorPageCode>): Promise<void> {
    const type = currentType(ctx);
    const typedUntil = field(ctx, 'valid_until').slice(0, LONGEST_DATE);
    const due =
      EVIDENCE[type].examiner === 'person' && EVIDENCE[type].brings === 'documents'
        ? await dueNow(ctx)
        : null;
    const page = uploadPage(pages.words(ctx), {
      type,
      due,
      typedUntil,
      ...noticeOf(pages, ctx, errorPage),
    });
    pages.show(ctx, 'upload', page, {
      status: errorPage ? ERROR_PAGES[errorPage.code].status : 200,
    });
  }

  /** R4: the page says the date of the answer before anything is submitted. */
  async function dueNow(ctx: Context): Promise<Date> {
    return materialDueAfter(await readClock(db), accountOf(ctx).kind, evidence.review);
  }

  function showUnderWay(ctx: Context): void {
    const t = pages.words(ctx);
    pages.say(ctx, {
      title: t('upload.under_way'),
      text: t('upload.under_way.body'),
      actions: [backTo(ctx)],
    });
  }

  function backTo(ctx: Context): Action {
    return { href: OVERVIEW, label: pages.words(ctx)('verify.back'), primary: true };
  }
}

function typeOf(ctx: Context): EvidenceType | undefined {
  return EVIDENCE_TYPES.find((type) => type === ctx.params.type);
}

/** The type of evidence in the path. Throws where the middleware `asked` did not run. */
function currentType(ctx: Context): EvidenceType {
  const type = typeOf(ctx);
  if (!type) throw new Error('a route for one piece of evidence was reached without one');
  return type;
}
