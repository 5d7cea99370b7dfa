import type { OpenSigning } from '../../evidence/signings/signings.store.ts';
import type { QueueCounts, QueuedCase, QueueFilter } from '../../review/queue.store.ts';
import { shortId, titleOf } from '../core/case-words.ts';
import { dayAndHour, dueOf } from '../core/hour.ts';
import type { Translator } from '../core/i18n.ts';
import type { Choice, QueuePage, QueueRow } from './review.model.ts';

export const SUBJECTS = ['evidence', 'binding_request', 'correction'] as const;
export const KINDS = ['personal', 'enterprise', 'special_industry'] as const;

/** The filter as a query string; empty for no filter. */
export function queryOf({ subject, kind, appeals, late }: QueueFilter): string {
  const query = new URLSearchParams();
  if (subject) query.set('subject', subject);
  if (kind) query.set('kind', kind);
  if (appeals) query.set('appeals', '1');
  if (late) query.set('late', '1');
  return query.size === 0 ? '' : `?${query.toString()}`;
}

/** The three queues: open, late, appeals. */
export function viewsOf(
  t: Translator,
  filter: QueueFilter,
  counts: QueueCounts,
): readonly Choice[] {
  const plain = !filter.appeals && !filter.late;
  const { appeals: _, late: __, ...rest } = filter;
  return [
    {
      href: `/review${queryOf(rest)}`,
      label: t('review.view.open'),
      count: counts.open,
      on: plain,
    },
    {
      href: `/review${queryOf({ ...rest, late: true })}`,
      label: t('review.view.late'),
      count: counts.late,
      on: filter.late === true,
    },
    {
      href: `/review${queryOf({ ...rest, appeals: true })}`,
      label: t('review.view.appeals'),
      count: counts.appeals,
      on: filter.appeals === true,
    },
  ];
}

export function filtersOf(t: Translator, filter: QueueFilter): QueuePage['filters'] {
  const choice = (next: QueueFilter, label: string, on: boolean): Choice => ({
    href: `/review${queryOf(next)}`,
    label,
    count: null,
    on,
  });
  return [
    {
      label: t('review.filter.subject'),
      choices: [
        choice(
          { ...filter, subject: undefined },
          t('review.filter.all'),
          filter.subject === undefined,
        ),
        ...SUBJECTS.map((subject) =>
          choice(
            { ...filter, subject },
            t(`review.subject.${subject}`),
            filter.subject === subject,
          ),
        ),
      ],
    },
    {
      label: t('review.filter.kind'),
      choices: [
        choice({ ...filter, kind: undefined }, t('review.filter.all'), filter.kind === undefined),
        ...KINDS.map((kind) =>
          choice({ ...filter, kind }, t(`kind.${kind}`), filter.kind === kind),
        ),
      ],
    },
  ];
}

export function rowOf(
  t: Translator,
  found: QueuedCase,
  { filter, now }: { readonly filter: QueueFilter; readonly now: Date },
): QueueRow {
  return {
    href: `/review/${found.id}${queryOf(filter)}`,
    title: titleOf(t, found),
    hint: `${t('review.case', { id: shortId(found.id) })} · ${t('review.opened', { at: dayAndHour(t.language, found.openedAt) })}`,
    flags: flagsOf(t, found),
    due: dueOf(t, found.dueAt, now),
  };
}

export function flagsOf(
  t: Translator,
  { appeal, fourEyes }: { readonly appeal: boolean; readonly fourEyes: boolean },
): readonly string[] {
  return [
    ...(appeal ? [t('review.flag.appeal')] : []),
    ...(fourEyes ? [t('review.flag.four_eyes')] : []),
  ];
}

export function signingRowOf(
  t: Translator,
  signing: OpenSigning,
  reviewer: string,
): QueuePage['signings'][number] {
  const { evidenceId, kind, state, at, place, submittedAt } = signing;
  const waits = state === 'attested' && signing.first === reviewer;
  return {
    href: `/review/signings/${evidenceId}`,
    title: `${t('review.signing')} · ${t(`kind.${kind}`)}`,
    hint:
      at && place
        ? `${dayAndHour(t.language, at)} · ${place}`
        : t('review.opened', { at: dayAndHour(t.language, submittedAt) }),
    flag: t(waits ? 'signing.state.waits' : `signing.state.${state}`),
  };
}
