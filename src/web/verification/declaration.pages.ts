import type Router from '@koa/router';
import type { Context } from 'koa';
import { findAccount } from '../../accounts/accounts.store.ts';
import { findClaim, findOwnerKind } from '../../evidence/claims/claims.store.ts';
import { CONSENT_TO_DECLARE, CONSENTS } from '../../evidence/consents/consent.ts';
import { hasConsent } from '../../evidence/consents/consents.store.ts';
import { giveConsent } from '../../evidence/consents/give-consent.ts';
import { type Track, trackOf } from '../../evidence/consents/track.ts';
import { EVIDENCE_TYPES } from '../../evidence/pieces/evidence-type.ts';
import { type DeclareRefusal, declareOwner } from '../../evidence/submissions/declare-owner.ts';
import { type Refusal, recoded, refusal } from '../../kernel/refusals.ts';
import { showConsent } from '../core/consent-form.views.ts';
import type { WebDeps } from '../core/deps.ts';
import { ERROR_PAGES, type ErrorPageCode } from '../core/error-pages.ts';
import { decision, field, formGuard } from '../core/forms.ts';
import type { Action, Notice } from '../core/page.model.ts';
import type { Pages } from '../core/pages.ts';
import { accountGuard, accountOf } from '../core/session.ts';
import { declarePage, type Typed } from './declaration.views.ts';

const OVERVIEW = '/account/verification';
const AS_PERSON = 'declare?as=person';

// biome-ignore format: a table is read by its columns
const ERROR_PAGE_OF = {
  malformed_number:         'malformed_number',
  wrong_check_digit:        'wrong_check_digit',
  malformed_name:           'malformed_name',
  malformed_representative: 'malformed_representative',
  malformed_bank_account:   'malformed_bank_account',
  unknown_account:          'broken',
  already_verified:         'already_verified',
  other_owner:              'other_owner',
  too_many_attempts:        'too_many_claims',
} as const satisfies Record<Exclude<DeclareRefusal, 'consent_missing'>, ErrorPageCode>;

/** The consent, and the declaration of the owner. Both come before any evidence. */
export function declarationPages(router: Router, pages: Pages, deps: WebDeps): void {
  const { evidence } = deps;
  const signedIn = accountGuard(pages, deps.db);
  const guard = formGuard(pages);

  router.post('/account/verification/consent', guard, signedIn, async (ctx) => {
    const chosen = decision(ctx);
    const consent = CONSENTS.find((each) => each === field(ctx, 'consent'));
    if (!chosen || !consent) return pages.errorPage(ctx, refusal('bad_form', 'WEB-4D0'));
    const next = nextOf(ctx);
    if (chosen === 'refuse')
      return pages.goTo(ctx, consent === 'biometrics' ? `${OVERVIEW}/person_check` : OVERVIEW);
    const version = Number(field(ctx, 'version'));
    const given = await giveConsent(evidence, {
      account: accountOf(ctx).id,
      consent,
      version,
      language: pages.words(ctx).language,
    });
    if (given.ok) return pages.goTo(ctx, `${OVERVIEW}${next === '' ? '' : `/${next}`}`);
    showConsent(pages, ctx, { consent, next, notice: pages.notice(ctx, given.refusal) });
  });

  router.get(pages.returnTargets.add('/account/verification/declare'), signedIn, async (ctx) => {
    const { id } = accountOf(ctx);
    if ((await findAccount(deps.db, id))?.qualification === 'verified') {
      return pages.errorPage(ctx, refusal('already_verified', 'WEB-4D1'), {}, backTo(ctx));
    }
    const track = await trackFor(ctx, ctx.query.as);
    const consent = CONSENT_TO_DECLARE[track];
    if (await hasConsent(deps.db, id, consent)) return await showForm(ctx, track);
    showConsent(pages, ctx, { consent, next: nextFor(track) });
  });

  router.post('/account/verification/declare', guard, signedIn, async (ctx) => {
    const { id } = accountOf(ctx);
    const track = await trackFor(ctx, field(ctx, 'as'));
    const typed = {
      name: field(ctx, 'name'),
      legalRepresentative: field(ctx, 'legal_representative'),
    };
    const declared = await declareOwner(evidence, {
      account: id,
      as: track === 'practitioner' ? 'person' : undefined,
      name: typed.name,
      number: field(ctx, 'number'),
      ...(isPerson(track) ? {} : { legalRepresentative: typed.legalRepresentative }),
      ...(track === 'enterprise' ? { bankAccount: field(ctx, 'bank_account') } : {}),
    });
    if (declared.ok) return pages.goTo(ctx, OVERVIEW);
    const { code } = declared.refusal;
    if (code === 'consent_missing')
      return showConsent(pages, ctx, {
        consent: CONSENT_TO_DECLARE[track],
        next: nextFor(track),
      });
    await showForm(ctx, track, {
      typed,
      errorPage: recoded(declared.refusal, ERROR_PAGE_OF[code]),
    });
  });

  function backTo(ctx: Context): readonly Action[] {
    return [{ href: OVERVIEW, label: pages.words(ctx)('verify.back'), primary: true }];
  }

  /** As the person chose; else as the account declared before. */
  async function trackFor(ctx: Context, chosen: unknown): Promise<Track> {
    const { id, kind } = accountOf(ctx);
    if (chosen === 'person' || chosen === 'organisation') return trackOf(kind, chosen);
    return trackOf(kind, await findOwnerKind(deps.db, id));
  }

  async function showForm(
    ctx: Context,
    track: Track,
    { typed, errorPage }: { typed?: Typed; errorPage?: Refusal<ErrorPageCode> } = {},
  ): Promise<void> {
    const { id } = accountOf(ctx);
    const again = (await findClaim(deps.db, id)) !== undefined;
    const page = declarePage(pages.words(ctx), {
      track,
      again,
      ...(typed ? { typed } : {}),
      ...noticeOf(pages, ctx, errorPage),
    });
    pages.show(ctx, 'declare', page, {
      status: errorPage ? ERROR_PAGES[errorPage.code].status : 200,
    });
  }
}

export function noticeOf(
  pages: Pages,
  ctx: Context,
  errorPage: Refusal<ErrorPageCode> | undefined,
): { readonly notice?: Notice } {
  return errorPage ? { notice: pages.notice(ctx, errorPage) } : {};
}

/** The page that asked for the consent; empty for any other value. */
function nextOf(ctx: Context): string {
  const next = field(ctx, 'next');
  const known: readonly string[] = ['declare', AS_PERSON, 'confirmation', ...EVIDENCE_TYPES];
  return known.includes(next) ? next : '';
}

/** The form that was asked for, after the consent. */
function nextFor(track: Track): string {
  return track === 'practitioner' ? AS_PERSON : 'declare';
}

function isPerson(track: Track): boolean {
  return track === 'personal' || track === 'practitioner';
}
