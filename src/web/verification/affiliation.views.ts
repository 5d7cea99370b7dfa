import type {
  AskedAffiliation,
  OwnAffiliation,
} from '../../evidence/pieces/affiliation-claims.store.ts';
import { answerPurpose } from '../../evidence/submissions/answer-affiliation.ts';
import { lastDay } from '../core/day.ts';
import { type CopyKey, moment, type Translator } from '../core/i18n.ts';
import type { Notice } from '../core/page.model.ts';
import type { AffiliationPage } from './verification.model.ts';

const PHOTOS = 'image/jpeg,image/png,image/webp,image/heic,image/avif';

interface Shown {
  readonly mine: readonly OwnAffiliation[];
  readonly asked: readonly AskedAffiliation[];
  /** By when people answer what is submitted now (R4). */
  readonly due: Date;
  /** The factors of the account. */
  readonly app: boolean;
  readonly passkey: boolean;
  readonly notice: Notice | null;
}

export function affiliationPage(
  t: Translator,
  { mine, asked, due, app, passkey, notice }: Shown,
): AffiliationPage {
  return {
    title: t('affiliation.title'),
    notice,
    mine: mine.map((tie) => ({
      state: t(stateOf(tie)),
      facts: factsOf(t, tie),
      withdraw:
        tie.state === 'checking' || tie.state === 'accepted'
          ? `/account/verification/pieces/${tie.id}/withdraw`
          : null,
    })),
    accept: `${PHOTOS},application/pdf`,
    formats: t('upload.formats'),
    due: t('upload.due', { due: moment(t.language, due) }),
    asked: asked.map(({ id, displayName, login, submittedAt }) => ({
      line: t('affiliation.asked.line', {
        name: `${displayName} @${login}`,
        at: moment(t.language, submittedAt),
      }),
      action: `/account/verification/affiliation/${id}/answer`,
      proof: { app, passkey: passkey ? answerPurpose(id) : null },
    })),
  };
}

function stateOf({ state, confirmed, tied }: OwnAffiliation): CopyKey {
  if (tied) return 'affiliation.state.tied';
  if (confirmed === false) return 'affiliation.state.denied';
  switch (state) {
    case 'uploaded':
    case 'checking':
      return confirmed
        ? 'affiliation.state.waits_for_review'
        : 'affiliation.state.waits_for_parent';
    case 'accepted':
      return confirmed ? 'affiliation.state.ended' : 'affiliation.state.waits_for_parent';
    case 'rejected':
      return 'affiliation.state.rejected';
    case 'expired':
    case 'withdrawn':
      return 'affiliation.state.ended';
  }
}

function factsOf(t: Translator, { state, submittedAt, dueAt, validUntil }: OwnAffiliation): string {
  return [
    t('verify.piece.submitted', { at: moment(t.language, submittedAt) }),
    ...(state === 'checking' && dueAt
      ? [t('verify.piece.due', { due: moment(t.language, dueAt) })]
      : []),
    ...(validUntil ? [t('verify.piece.until', { until: lastDay(t.language, validUntil) })] : []),
  ].join(' · ');
}
