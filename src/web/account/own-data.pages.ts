import type Router from '@koa/router';
import type { Context } from 'koa';
import { CONSENTS } from '../../evidence/consents/consent.ts';
import { exportOwnData } from '../../evidence/own-data/export-own-data.ts';
import { forgetOwner } from '../../evidence/own-data/forget-owner.ts';
import { viewOwnData } from '../../evidence/own-data/own-data.ts';
import { withdrawConsent } from '../../evidence/own-data/withdraw-consent.ts';
import { type Refusal, recoded, refuse } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { secure } from '../core/security-headers.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { ownDataPage } from './own-data.views.ts';

const HERE = '/account/data';

/**
 * The stored personal data, and the rights to it: access, export, withdrawal of consent, deletion.
 */
export function ownDataPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { evidence } = deps;
  const signedIn = accountGuard(pages, deps.db);
  const guard = formGuard(pages);

  router.get(pages.returnTargets.add('/account/data'), signedIn, async (ctx) => await show(ctx));

  router.post('/account/data/download', guard, signedIn, async (ctx) => {
    const exported = await exportOwnData(evidence, {
      account: accountOf(ctx).id,
      password: field(ctx, 'password'),
    });
    if (!exported.ok) return await show(ctx, exported.refusal);
    const { bytes, filename, mediaType } = exported.value;
    secure(ctx);
    ctx.attachment(filename);
    ctx.type = mediaType;
    ctx.body = bytes;
  });

  router.post('/account/data/consents/:consent/withdraw', guard, signedIn, async (ctx) => {
    const consent = CONSENTS.find((each) => each === ctx.params.consent);
    const withdrawn = consent
      ? await withdrawConsent(evidence, { account: accountOf(ctx).id, consent })
      : refuse('not_given', 'WEB-4O0');
    if (withdrawn.ok) return pages.goTo(ctx, HERE);
    const back = [{ href: HERE, label: pages.words(ctx)('data.back'), primary: true }];
    pages.errorPage(ctx, recoded(withdrawn.refusal, 'consent_not_given'), {}, back);
  });

  router.get(
    pages.returnTargets.add('/account/data/delete'),
    signedIn,
    async (ctx) => await showDelete(ctx),
  );

  router.post('/account/data/delete', guard, signedIn, async (ctx) => {
    const forgotten = await forgetOwner(evidence, {
      account: accountOf(ctx).id,
      password: field(ctx, 'password'),
    });
    if (!forgotten.ok) return await showDelete(ctx, forgotten.refusal);
    say(ctx, 'done');
  });

  async function show(ctx: Context, errorPage?: Refusal<ErrorPageCode>): Promise<void> {
    const data = await viewOwnData(evidence, { account: accountOf(ctx).id });
    const page = ownDataPage(
      pages.words(ctx),
      data,
      errorPage ? pages.notice(ctx, errorPage) : null,
    );
    pages.show(ctx, 'own-data', page, {
      status: errorPage ? ERROR_PAGES[errorPage.code].status : 200,
      at: HERE,
    });
  }

  async function showDelete(ctx: Context, errorPage?: Refusal<ErrorPageCode>): Promise<void> {
    const { fields, documents, consents, proven } = await viewOwnData(evidence, {
      account: accountOf(ctx).id,
    });
    // Withdrawn consents stay on record.
    const agreed = consents.filter(({ endedAt }) => endedAt === null);
    if (fields.length + documents.length + agreed.length === 0) return say(ctx, 'nothing');
    const t = pages.words(ctx);
    const lede = t(proven ? 'delete.lede.proven' : 'delete.lede.claimed');
    const notice = errorPage ? pages.notice(ctx, errorPage) : null;
    pages.show(
      ctx,
      'forget',
      { title: t('delete.title'), lede, notice },
      { status: errorPage ? ERROR_PAGES[errorPage.code].status : 200 },
    );
  }

  function say(ctx: Context, what: 'done' | 'nothing'): void {
    const t = pages.words(ctx);
    pages.say(ctx, {
      tone: what === 'done' ? 'good' : 'plain',
      title: t(`delete.${what}.title`),
      text: t(`delete.${what}.body`),
      actions: [{ href: '/account', label: t('account.title'), primary: true }],
    });
  }
}
