import type { AppealView, RefusalView } from '../../binding/refusal.ts';
import { type CopyKey, moment, type Translator } from '../core/i18n.ts';
import type { Action, Mark, Notice } from '../core/page.model.ts';
import type { RefusalPage, RefusalsPage } from './account.model.ts';

// biome-ignore format: a table is read by its columns
const MARK = {
  none:      'todo',
  possible:  'act',
  open:      'wait',
  dismissed: 'bad',
  upheld:    'done',
} as const satisfies Record<AppealView['state'], Mark>;

/** The page where the owner can remove the cause. */
// biome-ignore format: a table is read by its columns
const WAY = {
  refused_by_owner:   null,
  not_verified:       'verification',
  different_owner:    'verification',
  limit_reached:      'bindings',
  already_bound:      'bindings',
  not_eligible:       'bindings',
  account_restricted: null,
  cooling_down:       null,
  risk:               null,
} as const satisfies Record<RefusalView['refusal'], 'verification' | 'bindings' | null>;

export function refusalsPage(t: Translator, refusals: readonly RefusalView[]): RefusalsPage {
  return {
    title: t('refusals.title'),
    refusals: refusals.map(({ requestId, refusal, app, counterpart, refusedAt, appeal }) => ({
      href: `/account/refusals/${requestId}`,
      title: t(`refusal.${refusal}.title`, { app: app.name }),
      where:
        counterpart === null
          ? t('refusals.alone', { app: app.name })
          : t('refusals.with', { app: app.name, name: counterpart }),
      at: moment(t.language, refusedAt),
      state: t(`refusalPage.state.${appeal.state}`),
      mark: MARK[appeal.state],
    })),
  };
}

export function refusalPage(
  t: Translator,
  found: RefusalView,
  { text, notice }: { text: string; notice: Notice | null },
): RefusalPage {
  const { requestId, refusal, refusedBy, refusedAt, app, counterpart, appeal } = found;
  const say = (part: 'what' | 'kept' | 'next') => ({
    label: t(`error.${part}`),
    text: t(`refusal.${refusal}.${part}` satisfies CopyKey, { app: app.name }),
  });
  return {
    title: t(`refusal.${refusal}.title`, { app: app.name }),
    state: { word: t(`refusalPage.state.${appeal.state}`), mark: MARK[appeal.state] },
    lines: appealLines(t, appeal),
    sections: [say('what'), say('kept'), say('next')],
    facts: [
      { label: t('refusalPage.app'), value: app.name },
      { label: t('refusalPage.other'), value: counterpart ?? t('refusalPage.other.none') },
      { label: t('refusalPage.at'), value: moment(t.language, refusedAt) },
      { label: t('refusalPage.by'), value: t(`refusalPage.by.${refusedBy}`) },
    ],
    way: wayFrom(t, refusal),
    appeal:
      appeal.state === 'possible'
        ? {
            action: `/account/refusals/${requestId}`,
            lede: t('refusalPage.appeal.lede', { until: moment(t.language, appeal.until) }),
            text,
          }
        : null,
    notice,
  };
}

function wayFrom(t: Translator, refusal: RefusalView['refusal']): Action | null {
  const way = WAY[refusal];
  if (way === null) return null;
  return {
    href: `/account/${way}`,
    label: t(way === 'verification' ? 'notice.go.evidence' : 'notice.go.binding'),
  };
}

function appealLines(t: Translator, appeal: AppealView): string[] {
  switch (appeal.state) {
    case 'none':
    case 'possible':
      return [];
    case 'open':
      return [t('refusalPage.open', { due: moment(t.language, appeal.due) })];
    case 'dismissed':
      return [t('refusalPage.dismissed', { at: moment(t.language, appeal.at) })];
    case 'upheld': {
      const again = appeal.clearedUntil
        ? t('refusalPage.upheld.cleared', { until: moment(t.language, appeal.clearedUntil) })
        : t('refusalPage.upheld.used');
      return [t('refusalPage.upheld', { at: moment(t.language, appeal.at) }), again];
    }
  }
}
