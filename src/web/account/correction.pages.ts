import type Router from '@koa/router';
import type { Context } from 'koa';
import { CONSENT_TO_DECLARE } from '../../evidence/consents/consent.ts';
import { CORRECTABLE } from '../../evidence/corrections/correction.ts';
import {
  type CorrectionRefusal,
  requestCorrection,
} from '../../evidence/corrections/request-correction.ts';
import { viewOwnData } from '../../evidence/own-data/own-data.ts';
import { type Refusal, recoded, refusal } from '../../kernel/refusals.ts';
import { materialDueAfter } from '../../review/deadline.ts';
import { readClock } from '../../store/clock.store.ts';
import { showConsent } from '../core/consent-form.views.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { DOCUMENT_ERROR_PAGE, uploadGuard, uploadsOf } from '../core/uploads.ts';
import { correctPage } from './own-data.views.ts';

const LONGEST_VALUE = 200;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  ...DOCUMENT_ERROR_PAGE,
  unknown_account:           'broken',
  not_yours:                 'not_correctable',
  malformed_value:           'malformed_value',
  wrong_number_of_documents: 'document_missing',
  already_under_way:         'correction_under_way',
  too_many_attempts:         'too_many_claims',
} as const satisfies Record<Exclude<CorrectionRefusal, 'not_verified' | 'consent_missing'>, ErrorPageCode>;

/** The correction of proven data (PIPL art. 46). */
export function correctionPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { db, evidence } = deps;
  const signedIn = accountGuard(pages, db);
  const guard = uploadGuard(
    pages,
    signedIn,
    async (ctx) => await show(ctx, refusal('document_too_large', 'WEB-4C0')),
  );

  router.get(pages.returnTargets.add('/account/data/correct'), signedIn, async (ctx) => {
    const { proven } = await viewOwnData(evidence, { account: accountOf(ctx).id });
    if (!proven) return showNothing(ctx);
    await show(ctx);
  });

  router.post('/account/data/correct', guard, async (ctx) => {
    const { id, kind } = accountOf(ctx);
    const chosen = CORRECTABLE.find((name) => name === field(ctx, 'field'));
    if (!chosen) return await show(ctx, refusal('not_correctable', 'WEB-4C1'));
    const asked = {
      account: id,
      field: chosen,
      value: field(ctx, 'value'),
      uploads: uploadsOf(ctx),
    };
    const requested = await requestCorrection(evidence, asked);
    if (requested.ok) return pages.goTo(ctx, '/account/data#corrections');
    const { code } = requested.refusal;
    if (code === 'not_verified') return showNothing(ctx);
    if (code === 'consent_missing')
      return showConsent(pages, ctx, { consent: CONSENT_TO_DECLARE[kind], next: '' });
    await show(ctx, recoded(requested.refusal, ERROR_PAGE_OF[code]));
  });

  async function show(ctx: Context, errorPage?: Refusal<ErrorPageCode>): Promise<void> {
    const { kind } = accountOf(ctx);
    const page = correctPage(pages.words(ctx), {
      kind,
      due: materialDueAfter(await readClock(db), kind, evidence.review),
      chosen: field(ctx, 'field'),
      // A name is shown again, a bank account's number is not.
      value:
        field(ctx, 'field') === 'bank_account' ? '' : field(ctx, 'value').slice(0, LONGEST_VALUE),
      notice: errorPage ? pages.notice(ctx, errorPage) : null,
    });
    pages.show(ctx, 'correct', page, {
      status: errorPage ? ERROR_PAGES[errorPage.code].status : 200,
    });
  }

  function showNothing(ctx: Context): void {
    const t = pages.words(ctx);
    pages.say(ctx, {
      title: t('correct.claimed.title'),
      text: t('correct.claimed.body'),
      actions: [
        { href: '/account/verification/declare', label: t('correct.claimed.go'), primary: true },
      ],
    });
  }
}
