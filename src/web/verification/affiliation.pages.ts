import type Router from '@koa/router';
import type { Context } from 'koa';
import { findFactors } from '../../accounts/factors.store.ts';
import { beginPasskeyProof } from '../../accounts/prove-passkey.ts';
import {
  findAskedAffiliations,
  findOwnAffiliations,
} from '../../evidence/pieces/affiliation-claims.store.ts';
import { EVIDENCE } from '../../evidence/pieces/evidence-type.ts';
import {
  type AnswerAffiliationRefusal,
  answerAffiliation,
} from '../../evidence/submissions/answer-affiliation.ts';
import {
  type SubmitAffiliationRefusal,
  submitAffiliation,
} from '../../evidence/submissions/submit-affiliation.ts';
import { type Refusal, recoded, refusal, refuse } from '../../kernel/refusals.ts';
import { materialDueAfter } from '../../review/deadline.ts';
import { readClock } from '../../store/clock.store.ts';
import { showConsent } from '../core/consent-form.views.ts';
import { parseLastDay } from '../core/day.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { answerScript, decision, field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { DOCUMENT_ERROR_PAGE, uploadGuard, uploadsOf } from '../core/uploads.ts';
import { affiliationPage } from './affiliation.views.ts';

const HERE = '/account/verification/affiliation';
const PIECE = /^evi_[\w-]{22}$/;
const PURPOSE = /^answer_affiliation:evi_[\w-]{22}$/;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  ...DOCUMENT_ERROR_PAGE,
  malformed_number:          'malformed_number',
  wrong_check_digit:         'wrong_check_digit',
  not_a_company:             'not_a_company',
  same_company:              'same_company',
  wrong_number_of_documents: 'document_missing',
  out_of_date:               'out_of_date',
  already_under_way:         'already_under_way',
  too_many_attempts:         'too_many_claims',
} as const satisfies Record<Exclude<SubmitAffiliationRefusal, 'consent_missing'>, ErrorPageCode>;

/** A company names its parent, and answers those that name it (R44). */
export function affiliationPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { db, evidence, factors, lifetimes } = deps;
  const signedIn = accountGuard(pages, db);
  const guard = formGuard(pages);
  const uploads = uploadGuard(
    pages,
    signedIn,
    async (ctx) => await show(ctx, refusal('document_too_large', 'WEB-4A0')),
  );

  router.get(pages.returnTargets.add(HERE), signedIn, async (ctx) => await show(ctx));

  router.post(HERE, uploads, async (ctx) => {
    const validUntil = parseLastDay(field(ctx, 'valid_until'));
    if (validUntil === undefined) return await show(ctx, refusal('malformed_date', 'WEB-4A1'));
    const submitted = await submitAffiliation(evidence, {
      account: accountOf(ctx).id,
      number: field(ctx, 'number'),
      validUntil,
      uploads: uploadsOf(ctx),
    });
    if (submitted.ok) return pages.goTo(ctx, HERE);
    const { code } = submitted.refusal;
    if (code === 'consent_missing') {
      const { consent } = EVIDENCE.affiliation;
      return showConsent(pages, ctx, { consent, next: 'affiliation' });
    }
    await show(ctx, recoded(submitted.refusal, ERROR_PAGE_OF[code]));
  });

  // passkeys.js asks for this. It gets options as JSON, or a notice to show.
  router.post(`${HERE}/proof`, guard, signedIn, async (ctx) => {
    const purpose = field(ctx, 'purpose');
    const begun = PURPOSE.test(purpose)
      ? await beginPasskeyProof(factors, { account: accountOf(ctx).id, purpose })
      : refuse('unknown_factor', 'WEB-4A2');
    answerScript(pages, ctx, begun);
  });

  router.post(`${HERE}/:evidence/answer`, guard, signedIn, async (ctx) => {
    const evidenceId = String(ctx.params.evidence);
    const chosen = decision(ctx);
    if (!chosen) return pages.errorPage(ctx, refusal('bad_form', 'WEB-4A3'));
    if (!PIECE.test(evidenceId)) return await show(ctx, refusal('unknown_evidence', 'WEB-4A4'));
    const answered = await answerAffiliation(
      { db, factors, lifetimes },
      {
        by: accountOf(ctx).id,
        evidenceId,
        confirmed: chosen === 'approve',
        password: field(ctx, 'password'),
        proof: { code: field(ctx, 'code'), passkey: field(ctx, 'passkey') },
      },
    );
    if (answered.ok) return pages.goTo(ctx, HERE);
    await show(ctx, answered.refusal satisfies Refusal<AnswerAffiliationRefusal>);
  });

  async function show(ctx: Context, errorPage?: Refusal<ErrorPageCode>): Promise<void> {
    const { id, kind } = accountOf(ctx);
    const t = pages.words(ctx);
    if (errorPage && ERROR_PAGES[errorPage.code].where === 'page') {
      const back = { href: '/account/verification', label: t('verify.back'), primary: true };
      return pages.errorPage(ctx, errorPage, {}, [back]);
    }
    const kinds = (await findFactors(db, id)).map((factor) => factor.kind);
    const page = affiliationPage(t, {
      mine: await findOwnAffiliations(db, id),
      asked: await findAskedAffiliations(db, id),
      due: materialDueAfter(await readClock(db), kind, evidence.review),
      app: kinds.includes('totp'),
      passkey: kinds.includes('passkey'),
      notice: errorPage ? pages.notice(ctx, errorPage) : null,
    });
    const status = errorPage ? ERROR_PAGES[errorPage.code].status : 200;
    pages.show(ctx, 'affiliation', page, { status, at: HERE });
  }
}
