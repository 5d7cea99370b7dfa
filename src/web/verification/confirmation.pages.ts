import type Router from '@koa/router';
import type { Context } from 'koa';
import { findOwnerKind } from '../../evidence/claims/claims.store.ts';
import { EVIDENCE } from '../../evidence/pieces/evidence-type.ts';
import {
  confirmationFor,
  requestConfirmation,
} from '../../evidence/submissions/confirm-account.ts';
import { showConsent } from '../core/consent-form.views.ts';
import type { WebDeps } from '../core/deps.ts';
import { formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';

const OVERVIEW = '/account/verification';
const HERE = `${OVERVIEW}/confirmation`;

/**
 * An account that is not verified gets a code for another account of its owner (R44). Everybody
 * gets one, so it does not tell whether the claimed owner has an account.
 */
export function confirmationPages(router: Router, pages: Pages, deps: WebDeps): void {
  const signedIn = accountGuard(pages, deps.db);

  router.get(pages.returnTargets.add(HERE), signedIn, (ctx) => show(ctx, null));

  router.post(HERE, formGuard(pages), signedIn, async (ctx) => {
    const { id } = accountOf(ctx);
    const requested = await requestConfirmation(deps.evidence, { account: id });
    if (requested.ok) return show(ctx, requested.value.match(/\d{1,4}/g));
    const { code } = requested.refusal;
    if (code === 'consent_missing') {
      const kind = (await findOwnerKind(deps.db, id)) ?? 'person';
      const { consent } = EVIDENCE[confirmationFor(kind)];
      return showConsent(pages, ctx, { consent, next: 'confirmation' });
    }
    const t = pages.words(ctx);
    const go =
      code === 'not_declared'
        ? { href: `${OVERVIEW}/declare`, label: t('verify.step.declare.go'), primary: true }
        : { href: OVERVIEW, label: t('verify.back'), primary: true };
    pages.errorPage(ctx, { ...requested.refusal, code }, {}, [go]);
  });

  function show(ctx: Context, groups: readonly string[] | null): void {
    const where = new URL('/account/confirm', deps.config.issuer).href;
    const title = pages.words(ctx)('confirmation.title');
    pages.show(ctx, 'confirmation', { title, groups, where }, { at: HERE });
  }
}
