import type Router from '@koa/router';
import type { Context } from 'koa';
import {
  appointSigning,
  attestSigning,
  type SigningRefusal,
} from '../../evidence/signings/handle-signing-command.ts';
import { viewSigning } from '../../evidence/signings/open-signings.ts';
import type { AccountId } from '../../kernel/ids.ts';
import { ok, type Refusal, type Result, recoded, refusal } from '../../kernel/refusals.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { field, formGuard } from '../core/forms.ts';
import { formatHour, parseHour } from '../core/hour.ts';
import type { Pages } from '../core/pages.ts';
import { requireAccount } from '../core/session.ts';
import { signingView } from './signing.views.ts';

const EVIDENCE = /^evi_[\w-]{22}$/;
const LONGEST_PLACE = 120;

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  not_a_reviewer:         'not_a_reviewer',
  related_party:          'related_party',
  unknown_signing:        'unknown_signing',
  unknown_evidence:       'unknown_signing',
  evidence_over:          'unknown_signing',
  signing_over:           'unknown_signing',
  not_appointed:          'not_appointed',
  already_attested:       'already_attested',
  second_person_needed:   'another_witness_needed',
  in_the_past:            'in_the_past',
  before_the_appointment: 'before_the_appointment',
  after_the_appointment:  'after_the_appointment',
} as const satisfies Record<SigningRefusal | 'unknown_signing', ErrorPageCode>;

interface Typed {
  readonly at: string;
  readonly place: string;
}

/** Signing in person: a time and a place, and two members of staff who witness it (R3). */
export function signingPages(router: Router, pages: Pages, deps: WebDeps): void {
  const guard = formGuard(pages);

  router.get(
    pages.returnTargets.add('/review/signings/:evidence', { evidence: EVIDENCE }),
    async (ctx) => {
      const reviewer = await requireAccount(pages, deps.db, ctx);
      if (reviewer) await showSigning(ctx, reviewer.id);
    },
  );

  router.post('/review/signings/:evidence/appoint', guard, async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (!reviewer) return;
    const typed = {
      at: field(ctx, 'at'),
      place: field(ctx, 'place').normalize('NFC').trim().slice(0, LONGEST_PLACE),
    };
    const at = parseHour(typed.at);
    const again = async (errorPage: Refusal<ErrorPageCode>) =>
      await showSigning(ctx, reviewer.id, { typed, errorPage });
    if (!at) return await again(refusal('malformed_time', 'WEB-6S0'));
    if (typed.place.length < 2) return await again(refusal('place_missing', 'WEB-6S1'));
    const { place } = typed;
    const appointed = await appointSigning(deps.evidence, {
      evidenceId: evidenceOf(ctx),
      by: reviewer.id,
      at,
      place,
    });
    if (!appointed.ok && appointed.refusal.code === 'in_the_past') {
      return await again(recoded(appointed.refusal, 'in_the_past'));
    }
    answerChange(ctx, appointed);
  });

  router.post('/review/signings/:evidence/attest', guard, async (ctx) => {
    const reviewer = await requireAccount(pages, deps.db, ctx);
    if (!reviewer) return;
    const attested = await attestSigning(deps.evidence, {
      evidenceId: evidenceOf(ctx),
      by: reviewer.id,
    });
    answerChange(ctx, attested.ok && attested.value.state !== 'attested' ? ok('over') : attested);
  });

  async function showSigning(
    ctx: Context,
    reviewer: AccountId,
    again?: { readonly typed: Typed; readonly errorPage: Refusal<ErrorPageCode> },
  ): Promise<void> {
    const sheet = await viewSigning(deps.evidence, { evidenceId: evidenceOf(ctx), reviewer });
    if (!sheet.ok) return refused(ctx, sheet.refusal);
    const { at, place } = sheet.value.signing;
    const page = signingView(pages.words(ctx), sheet.value, {
      reviewer,
      typed: again?.typed ?? { at: at ? formatHour(at) : '', place: place ?? '' },
      notice: again ? pages.notice(ctx, again.errorPage) : null,
    });
    pages.show(ctx, 'signing', page, {
      status: again ? ERROR_PAGES[again.errorPage.code].status : 200,
    });
  }

  function answerChange(ctx: Context, result: Result<unknown, SigningRefusal>): void {
    if (result.ok)
      pages.goTo(ctx, result.value === 'over' ? '/review' : `/review/signings/${evidenceOf(ctx)}`);
    else refused(ctx, result.refusal);
  }

  function refused(ctx: Context, refused: Refusal<SigningRefusal | 'unknown_signing'>): void {
    const queue = { href: '/review', label: pages.words(ctx)('review.back'), primary: true };
    pages.errorPage(ctx, recoded(refused, ERROR_PAGE_OF[refused.code]), {}, [queue]);
  }
}

/** The id in the path; empty, so that nothing is found, where it is malformed. */
function evidenceOf(ctx: Context): string {
  const id = String(ctx.params.evidence);
  return EVIDENCE.test(id) ? id : '';
}
