import type { SigningSheet } from '../../evidence/signings/open-signings.ts';
import { moment, type Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import { declaredOf } from './case.views.ts';
import type { SigningPage } from './review.model.ts';

interface Shown {
  readonly reviewer: string;
  readonly typed: { readonly at: string; readonly place: string };
  readonly notice: Notice | null;
}

export function signingView(
  t: Translator,
  { signing, track, declared }: SigningSheet,
  { reviewer, typed, notice }: Shown,
): SigningPage {
  const { evidenceId, kind, state, at, place, first, now } = signing;
  const action = `/review/signings/${evidenceId}`;
  const waits = state === 'attested' && first === reviewer;
  return {
    title: t('review.signing'),
    lede: t(waits ? 'signing.lede.waits' : `signing.lede.${state}`),
    declared: declared.map((field) => declaredOf(t, { kind: track }, field)),
    facts: [
      { label: t('signing.kind'), value: t(`kind.${kind}`) },
      ...(at && place
        ? [
            { label: t('signing.at'), value: moment(t.language, at) },
            { label: t('signing.place'), value: place },
          ]
        : []),
    ],
    notice,
    appoint:
      state === 'attested'
        ? null
        : {
            action: `${action}/appoint`,
            submit: t(state === 'requested' ? 'signing.appoint' : 'signing.move'),
            ...typed,
          },
    attest:
      at && at <= now && !waits
        ? { action: `${action}/attest`, text: t('signing.attest.body') }
        : null,
    actions: [{ href: '/review', label: t('review.back') }],
  };
}
