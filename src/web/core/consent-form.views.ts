import type { Context } from 'koa';
import { CONSENT_VERSIONS, type ConsentKind } from '../../evidence/consents/consent.ts';
import { ERROR_PAGES } from './error-pages.ts';
import type { Translator } from './i18n.ts';
import type { Notice, SeparateConsentPage } from './page.model.ts';
import type { Pages } from './pages.ts';

const OVERVIEW = '/account/verification';

/**
 * The form of a consent in its current version. Each paragraph may begin with a label and a colon.
 */
export function consentPage(
  t: Translator,
  {
    consent,
    next,
    notice,
  }: { readonly consent: ConsentKind; readonly next: string; readonly notice?: Notice },
): SeparateConsentPage {
  const version = CONSENT_VERSIONS[consent];
  const paragraphs = t(`consentText.${consent}.v${version}`).split('\n');
  return {
    title: t('consentForm.title'),
    name: t(`consentName.${consent}`),
    paragraphs: paragraphs.map((text) => {
      const [, label = null, rest = text] = /^([^：:]+)[：:]\s*(.+)$/.exec(text) ?? [];
      return { label, text: rest.charAt(0).toUpperCase() + rest.slice(1) };
    }),
    version: t('consentForm.version', { version }),
    action: '/account/verification/consent',
    back: { href: '/account/verification', label: t('verify.back') },
    consent: { kind: consent, version, next },
    refuse: t(consent === 'biometrics' ? 'consentForm.person' : 'consentForm.refuse'),
    notice: notice ?? null,
  };
}

/** Shows the consent that a page of the verification needs first. */
export function showConsent(
  pages: Pages,
  ctx: Context,
  asked: { readonly consent: ConsentKind; readonly next: string; readonly notice?: Notice },
): void {
  const status = ctx.method === 'POST' ? ERROR_PAGES.outdated_text.status : 200;
  const at = asked.next === '' ? OVERVIEW : `${OVERVIEW}/${asked.next}`;
  pages.show(ctx, 'separate-consent', consentPage(pages.words(ctx), asked), { status, at });
}
