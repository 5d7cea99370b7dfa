import type { Board } from '../../board/board.ts';
import { type Range, STEPS } from '../../board/range.ts';
import type { AskedBoard } from '../../board/view-board.ts';
import type { Packs } from '../../policy/registry.ts';
import { type Translator, textIn } from '../core/i18n.ts';
import { type PackName, SECTIONS, type SectionId, sectionOf } from './board.views.ts';
import { sizeOf } from './board-chart.ts';
import { type Column, shareOf } from './board-columns.views.ts';
import type { BoardPage } from './operator.model.ts';

export function packNames(t: Translator, packs: Packs): PackName {
  return (id) => {
    const title = packs.get(id)?.title;
    return title ? textIn(t.language, title) : id;
  };
}

export function formOf(t: Translator, packs: Packs, asked: AskedBoard): BoardPage['form'] {
  const nameOf = packNames(t, packs);
  const pack = [
    { value: '', label: t('board.all') },
    ...[...packs.keys()].map((id) => ({ value: id, label: nameOf(id) })),
  ];
  return {
    from: asked.from,
    to: asked.to,
    by: STEPS.map((step) => ({ value: step, label: t(`board.by.${step}`), on: step === asked.by })),
    pack: pack.map((each) => ({ ...each, on: each.value === asked.pack })),
  };
}

/** The range and the pack as a query string. */
export function queryOf({ from, to, by }: Range, pack: string): string {
  return `?${new URLSearchParams({ from, to, by, ...(pack === '' ? {} : { pack }) }).toString()}`;
}

export function figuresOf(
  t: Translator,
  { range, split, decisions, appeals }: Board,
): BoardPage['figures'] {
  const total = split.automatic + split.person + split.wrong;
  const number = (value: number) => new Intl.NumberFormat(t.language).format(value);
  return {
    range: t('board.range', { since: range.from, until: range.to }),
    total: total === 0 ? t('board.none') : t('board.summary', { total: number(total) }),
    split: (['automatic', 'person', 'wrong'] as const).map((part) => ({
      part,
      label: t(`board.${part}`),
      share: cell(t, shareOf(split[part], total), 'share'),
      count: t('board.of', { count: number(split[part]) }),
    })),
    decided: t('board.decided', {
      total: number(Object.values(decisions).reduce((sum, each) => sum + each, 0)),
      count: number(appeals.open),
    }),
  };
}

export function sectionsOf(
  t: Translator,
  board: Board,
  { packs, query }: { readonly packs: Packs; readonly query: string },
): BoardPage['sections'] {
  return SECTIONS.map((id) => {
    const { columns, rows, chart } = sectionOf(id, t, board, packNames(t, packs));
    const title = t(`board.${id}`);
    return {
      id,
      title,
      lede: t(`board.${id}.lede`),
      csv: `/operator/board/${id}.csv${query}`,
      chart: chart && {
        src: `/operator/board/${id}.svg${query}`,
        alt: t('board.chart', { name: title }),
        wide: sizeOf(chart, false),
        narrow: sizeOf(chart, true),
      },
      label: t('board.table', { name: title }),
      columns: columns.map(({ label, holds }) => ({ label, number: holds !== 'words' })),
      rows: rows.map((row) =>
        row.map((value, at) => cell(t, value, columns[at]?.holds ?? 'words')),
      ),
    };
  });
}

export function isSection(name: string): name is SectionId {
  return SECTIONS.some((id) => id === name);
}

// biome-ignore format: a table is read by its columns
const FORMATS = {
  count: {},
  share: { style: 'percent', maximumFractionDigits: 1 },
  time:  { maximumSignificantDigits: 3 },
} as const satisfies Record<Exclude<Column['holds'], 'words'>, Intl.NumberFormatOptions>;

function cell(t: Translator, value: string | number | null, holds: Column['holds']): string {
  if (value === null) return '–';
  return typeof value === 'string' || holds === 'words'
    ? String(value)
    : new Intl.NumberFormat(t.language, FORMATS[holds]).format(value);
}
