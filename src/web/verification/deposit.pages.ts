import type Router from '@koa/router';
import type { Context } from 'koa';
import {
  type ConfirmRefusal,
  confirmDeposit,
} from '../../evidence/deposits/handle-deposit-command.ts';
import { readSandboxStatement } from '../../evidence/deposits/sandbox-statement.ts';
import { type PieceView, viewVerification } from '../../evidence/submissions/view-verification.ts';
import { type Refusal, recoded, refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import { moment } from '../core/i18n.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';

const OVERVIEW = '/account/verification';
const EVIDENCE = /^evi_[\w-]{22}$/;
const LONGEST_AMOUNT = 32;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  malformed_amount: 'malformed_amount',
  unknown_evidence: 'unknown_evidence',
  evidence_over:    'evidence_over',
  not_sent:         'deposit_not_sent',
  already_sent:     'evidence_over',
  deposit_over:     'deposit_over',
  still_open:       'evidence_over',
  lapsed:           'deposit_over',
} as const satisfies Record<ConfirmRefusal, ErrorPageCode>;

/** The amount of a micro-deposit, as the owner reads it on the bank statement (R3). */
export function depositPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { evidence } = deps;
  const signedIn = accountGuard(pages, deps.db);

  // After the deposit was made, this page asks for the amount. Before, it is the page of
  // submission.
  router.get('/account/verification/bank_micro_deposit', signedIn, async (ctx, next) => {
    const piece = await findSent(ctx);
    if (!piece) return await next();
    await show(ctx, piece);
  });

  router.post(
    '/account/verification/pieces/:evidence/deposit',
    formGuard(pages),
    signedIn,
    async (ctx) => {
      const evidenceId = String(ctx.params.evidence);
      const typed = field(ctx, 'amount');
      const back = [{ href: OVERVIEW, label: pages.words(ctx)('verify.back'), primary: true }];
      if (!EVIDENCE.test(evidenceId))
        return pages.errorPage(ctx, refusal('unknown_evidence', 'WEB-4P0'), {}, back);
      const confirmed = await confirmDeposit(evidence, {
        evidenceId,
        by: accountOf(ctx).id,
        typed,
      });
      if (confirmed.ok && confirmed.value.state === 'confirmed') return pages.goTo(ctx, OVERVIEW);
      const errorPage = confirmed.ok
        ? confirmed.value.state === 'sent'
          ? refusal('wrong_amount', 'WEB-4P1', { evidence: evidenceId })
          : refusal('deposit_over', 'WEB-4P2', { evidence: evidenceId })
        : recoded(confirmed.refusal, ERROR_PAGE_OF[confirmed.refusal.code]);
      const piece = ERROR_PAGES[errorPage.code].where === 'form' ? await findSent(ctx) : undefined;
      if (!piece) return pages.errorPage(ctx, errorPage, {}, back);
      await show(ctx, piece, typed.slice(0, LONGEST_AMOUNT), errorPage);
    },
  );

  async function findSent(ctx: Context): Promise<PieceView | undefined> {
    const { groups } = await viewVerification(evidence, { account: accountOf(ctx).id });
    return groups
      .flatMap(({ pieces }) => pieces)
      .find(({ state, deposit }) => state === 'checking' && deposit?.state === 'sent');
  }

  async function show(
    ctx: Context,
    { id, deposit }: PieceView,
    typed = '',
    errorPage?: Refusal<ErrorPageCode>,
  ): Promise<void> {
    const t = pages.words(ctx);
    const until = deposit?.until ? moment(t.language, deposit.until) : '—';
    const page = {
      title: t('deposit.title'),
      action: `${OVERVIEW}/pieces/${id}/deposit`,
      hint: t('deposit.amount.hint', { tries: deposit?.triesLeft ?? 0, until }),
      typed,
      sandbox: evidence.sandbox ? { row: await sandboxRow(ctx, id) } : null,
      notice: errorPage ? pages.notice(ctx, errorPage) : null,
    };
    const status = errorPage ? ERROR_PAGES[errorPage.code].status : 200;
    pages.show(ctx, 'deposit', page, { status, at: `${OVERVIEW}/bank_micro_deposit` });
  }

  /** In the sandbox there is no bank: the page shows the row of the statement itself. */
  async function sandboxRow(ctx: Context, evidenceId: string): Promise<string | null> {
    const fen = await readSandboxStatement(evidence, { evidenceId, by: accountOf(ctx).id });
    return fen === undefined
      ? null
      : pages.words(ctx)('deposit.sandbox.row', { amount: (fen / 100).toFixed(2) });
  }
}
