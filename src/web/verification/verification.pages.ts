import type Router from '@koa/router';
import type { Context } from 'koa';
import { findDeposits } from '../../evidence/deposits/deposits.store.ts';
import { appealEvidence } from '../../evidence/pieces/appeal-evidence.ts';
import { findEvidenceOf } from '../../evidence/pieces/evidence.store.ts';
import { withdrawEvidence } from '../../evidence/submissions/invalidate-evidence.ts';
import { viewVerification } from '../../evidence/submissions/view-verification.ts';
import { type Refusal, recoded, refusal } from '../../kernel/refusals.ts';
import type { AppealRefusal } from '../../review/appeal.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import type { Pages } from '../core/pages.ts';
import { secure } from '../core/security-headers.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import type { Returned } from './step.views.ts';
import { statusOf, verificationPage } from './verification.views.ts';

const OVERVIEW = '/account/verification';
const EVIDENCE = /^evi_[\w-]{22}$/;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  unknown_evidence:  'unknown_evidence',
  nothing_to_appeal: 'nothing_to_appeal',
  already_appealed:  'already_appealed',
  too_late:          'appeal_too_late',
  text_missing:      'text_missing',
} as const satisfies Record<AppealRefusal | 'unknown_evidence', ErrorPageCode>;

/**
 * The state of an account's verification, and what its owner can do about each piece (R3, R4, R23).
 */
export function verificationPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { evidence } = deps;
  const signedIn = accountGuard(pages, deps.db);
  const guard = formGuard(pages);

  router.get(
    pages.returnTargets.add('/account/verification'),
    signedIn,
    async (ctx) => await show(ctx),
  );

  // The page polls this often, so it reads rows only and unseals nothing.
  router.get('/account/verification/status', signedIn, async (ctx) => {
    const { id } = accountOf(ctx);
    const [pieces, deposits] = await Promise.all([
      findEvidenceOf(deps.db, id),
      findDeposits(deps.db, id),
    ]);
    const state = statusOf(
      pieces.map((piece) => ({
        id: piece.id,
        state: piece.evidence.state,
        deposit: deposits.get(piece.id),
      })),
    );
    secure(ctx);
    ctx.body = { state };
  });

  router.post('/account/verification/pieces/:evidence/withdraw', guard, signedIn, async (ctx) => {
    const evidenceId = String(ctx.params.evidence);
    if (!EVIDENCE.test(evidenceId)) return refused(ctx, refusal('unknown_evidence', 'WEB-4V0'));
    const withdrawn = await withdrawEvidence(evidence, { evidenceId, by: accountOf(ctx).id });
    if (withdrawn.ok) return pages.goTo(ctx, OVERVIEW);
    const told =
      withdrawn.refusal.code === 'unknown_evidence' ? 'unknown_evidence' : 'evidence_over';
    refused(ctx, recoded(withdrawn.refusal, told));
  });

  router.post('/account/verification/pieces/:evidence/appeal', guard, signedIn, async (ctx) => {
    const evidenceId = String(ctx.params.evidence);
    if (!EVIDENCE.test(evidenceId)) return refused(ctx, refusal('unknown_evidence', 'WEB-4V1'));
    const text = field(ctx, 'text');
    const appealed = await appealEvidence(evidence, { evidenceId, by: accountOf(ctx).id, text });
    if (appealed.ok) return pages.goTo(ctx, OVERVIEW);
    const errorPage = recoded(appealed.refusal, ERROR_PAGE_OF[appealed.refusal.code]);
    const { where, status } = ERROR_PAGES[errorPage.code];
    if (where === 'page') return refused(ctx, errorPage);
    await show(ctx, { evidenceId, text, notice: pages.notice(ctx, errorPage) }, status);
  });

  async function show(ctx: Context, returned?: Returned, status = 200): Promise<void> {
    const seen = await viewVerification(evidence, { account: accountOf(ctx).id });
    pages.show(ctx, 'verification', verificationPage(pages.words(ctx), seen, returned), {
      status,
      at: OVERVIEW,
    });
  }

  function refused(ctx: Context, errorPage: Refusal<ErrorPageCode>): void {
    pages.errorPage(ctx, errorPage, {}, [
      { href: OVERVIEW, label: pages.words(ctx)('verify.back'), primary: true },
    ]);
  }
}
