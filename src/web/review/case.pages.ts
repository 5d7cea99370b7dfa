import type Router from '@koa/router';
import type { Context } from 'koa';
import { findRequest } from '../../binding/requests.store.ts';
import { describeRequest } from '../../binding/view-request.ts';
import { correctionMaterial } from '../../evidence/corrections/reveal-correction.ts';
import { evidenceMaterial } from '../../evidence/pieces/case-material.ts';
import { inspectDocument } from '../../evidence/pieces/inspect-document.ts';
import type { MaterialDocument } from '../../evidence/pieces/material.store.ts';
import type { AccountId, BindingRequestId } from '../../kernel/ids.ts';
import { type Refusal, refusal, refuse } from '../../kernel/refusals.ts';
import type { HookRecord } from '../../policy/evaluate.ts';
import type { ReviewCase, ReviewRefusal } from '../../review/case.ts';
import { decideCase } from '../../review/decide-case.ts';
import { viewCase } from '../../review/view-case.ts';
import { readClock } from '../../store/clock.store.ts';
import { pairOf, termsOf } from '../core/binding-words.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { decision, field, formGuard } from '../core/forms.ts';
import type { Translator } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';
import { requireAccount } from '../core/session.ts';
import { browserName } from '../core/visitor.ts';
import { commonPartOf, correctionView, evidenceView } from './case.views.ts';
import { documentLink, opens } from './document-link.ts';
import { hooksOf } from './reasons.views.ts';
import type { CasePage } from './review.model.ts';
import { CASE, filterOf, queueAfter } from './review.pages.ts';
import { queryOf } from './review.views.ts';

/** One case: its subject, its documents, and the decision with its reason (R23). */
export function casePages(router: Router, pages: Pages, deps: WebDeps): void {
  router.get(pages.returnTargets.add('/review/:case', { case: CASE }), async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (reviewer) await showCase(ctx, reviewer.id);
  });

  router.post('/review/:case', formGuard(pages), async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (!reviewer) return;
    const chosen = decision(ctx);
    if (!chosen) return pages.errorPage(ctx, refusal('bad_form', 'WEB-6C0'));
    const caseId = String(ctx.params.case);
    if (!CASE.test(caseId)) return refused(ctx, refusal('unknown_case', 'WEB-6C1'));
    const reason = field(ctx, 'reason');
    const accept = chosen === 'approve';
    const decided = await decideCase(deps, { caseId, reviewer: reviewer.id, accept, reason });
    if (decided.ok) {
      const outcome = decided.value.state === 'half' ? 'half' : accept ? 'accepted' : 'rejected';
      return pages.goTo(ctx, queueAfter(filterOf(ctx), caseId, outcome));
    }
    const { code } = decided.refusal;
    if (code !== 'reason_missing' && code !== 'not_looked_at') return refused(ctx, decided.refusal);
    await showCase(ctx, reviewer.id, { reason, errorPage: decided.refusal });
  });

  router.get('/review/:case/documents/:document', async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (!reviewer) return;
    const [caseId, documentId] = [String(ctx.params.case), String(ctx.params.document)];
    const wanted = { reviewer: reviewer.id, browser: browserOf(ctx), caseId, documentId };
    if (!(await opens(deps.secrets, ctx.query.key, wanted))) {
      return refused(ctx, refusal('dead_document_link', 'WEB-6C2'), caseId);
    }
    const shown = await inspectDocument(deps.evidence, {
      caseId,
      documentId,
      reviewer: reviewer.id,
    });
    if (!shown.ok) return refused(ctx, shown.refusal, caseId);
    handOut(ctx, shown.value);
  });

  async function showCase(
    ctx: Context,
    reviewer: AccountId,
    again?: { readonly reason: string; readonly errorPage: Refusal<ErrorPageCode> },
  ): Promise<void> {
    const caseId = String(ctx.params.case);
    const found = CASE.test(caseId)
      ? await viewCase(deps, { caseId, reviewer })
      : refuse('unknown_case', 'WEB-6C3');
    if (!found.ok) return refused(ctx, found.refusal);
    if (found.value.state !== 'open')
      return refused(ctx, refusal('already_decided', 'WEB-6C4', { case: found.value.id }));
    const page = await casePage(ctx, found.value, reviewer);
    const form = page.form && again ? { ...page.form, reason: again.reason } : page.form;
    const notice = again ? pages.notice(ctx, again.errorPage) : null;
    pages.show(
      ctx,
      'case',
      { ...page, form, notice },
      { status: again ? ERROR_PAGES[again.errorPage.code].status : 200 },
    );
  }

  async function casePage(ctx: Context, found: ReviewCase, reviewer: AccountId): Promise<CasePage> {
    const t = pages.words(ctx);
    const query = queryOf(filterOf(ctx));
    const mine = found.opinions.find(({ by, at }) => by === reviewer && at >= found.changedAt);
    const common = commonPartOf(t, found, { now: await readClock(deps.db), mine });
    const subject = await subjectOf(ctx, t, found, reviewer);
    return {
      ...common,
      ...subject,
      action: `${common.action}${query}`,
      back: `${common.back}${query}`,
    };
  }

  async function subjectOf(
    ctx: Context,
    t: Translator,
    found: ReviewCase,
    reviewer: AccountId,
  ): Promise<Partial<CasePage>> {
    const browser = browserOf(ctx);
    const linkTo = async ({ id }: MaterialDocument) =>
      await documentLink(
        deps.secrets,
        { reviewer, browser, caseId: found.id, documentId: id },
        pages.lifetimes.documentLink,
      );
    switch (found.subject.kind) {
      case 'binding_request': {
        const stored = await findRequest(deps.db, found.subject.id as BindingRequestId);
        const request = stored && (await describeRequest(deps, stored, pages.visitor(ctx)));
        const hooks = hooksOf(t, (found.evidence.hooks ?? []) as readonly HookRecord[]);
        if (!request) return { hooks };
        const { facts } = termsOf(t, { ...request, startedHere: false });
        return { pair: pairOf(t, request, null), facts, hooks };
      }
      case 'evidence': {
        const material = await evidenceMaterial(deps.evidence, { found, reviewer });
        return material ? await evidenceView(t, found, material, linkTo) : {};
      }
      case 'correction': {
        const material = await correctionMaterial(deps.evidence, { found, reviewer });
        return material ? await correctionView(t, found, material, linkTo) : {};
      }
    }
  }

  type CaseErrorPage = ReviewRefusal | Extract<ErrorPageCode, `${string}document${string}`>;

  function refused(ctx: Context, errorPage: Refusal<CaseErrorPage>, caseId?: string): void {
    const t = pages.words(ctx);
    const queue = { href: '/review', label: t('review.back'), primary: caseId === undefined };
    const again =
      caseId !== undefined && CASE.test(caseId)
        ? [{ href: `/review/${caseId}`, label: t('case.again'), primary: true }]
        : [];
    pages.errorPage(ctx, errorPage, {}, [...again, queue]);
  }

  function browserOf(ctx: Context): string {
    return deps.secrets
      .hash('document-link', browserName(ctx, pages.cookies))
      .toString('base64url');
  }
}

/**
 * Answers with a document. Nothing in it runs, and browsers neither keep it nor tell its address. A
 * PDF is not sandboxed, because Chromium's viewer opens no sandboxed PDF. watermark-pdf.ts has
 * removed all that could run in it.
 */
function handOut(
  ctx: Context,
  { mediaType, bytes }: { readonly mediaType: string; readonly bytes: Buffer },
): void {
  const sandbox = mediaType === 'application/pdf' ? [] : ['sandbox'];
  ctx.set({
    'Content-Security-Policy': [
      ...sandbox,
      "default-src 'none'",
      "style-src 'unsafe-inline'",
      "frame-ancestors 'none'",
    ].join('; '),
    'Content-Disposition': 'inline',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Robots-Tag': 'noindex',
    'Cache-Control': 'no-store',
    Vary: 'Cookie',
  });
  ctx.type = mediaType;
  ctx.body = bytes;
}
