import { type Board, STEP_UP_OUTCOMES, type StepUpOutcome } from '../../board/board.ts';
import type { Step } from '../../board/range.ts';
import { VERDICTS, type Verdict } from '../../policy/verdict.ts';
import { type Translator, wordFor } from '../core/i18n.ts';
import type { Chart, Tone } from './board-chart.ts';
import {
  type Column,
  count,
  PARTS_OF_SPLIT,
  shareOf,
  splitCells,
  splitColumns,
  timeColumns,
  verdictCells,
  verdictColumns,
  words,
} from './board-columns.views.ts';

/** One table of the board and its chart. The page, the picture and the CSV are made from it. */
export interface Section {
  readonly id: SectionId;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly chart: Chart | null;
}

export const SECTIONS = [
  'split',
  'packs',
  'hooks',
  'refusals',
  'steps',
  'shadow',
  'times',
  'parts',
] as const;
export type SectionId = (typeof SECTIONS)[number];

/** Names of packs, in the reader's language. */
export type PackName = (pack: string) => string;

type Make = (t: Translator, board: Board, packName: PackName) => Omit<Section, 'id'>;

const MAKERS: Readonly<Record<SectionId, Make>> = {
  split,
  packs,
  hooks,
  refusals,
  steps,
  shadow,
  times,
  parts,
};

export function sectionOf(id: SectionId, t: Translator, board: Board, packName: PackName): Section {
  const { chart, ...table } = MAKERS[id](t, board, packName);
  return { id, ...table, chart: table.rows.length > 0 ? chart : null };
}

const TONES = {
  allow: 'good',
  step_up: 'deep',
  review: 'warn',
  deny: 'bad',
} as const satisfies Record<Verdict, Tone>;
const HELD_UP = VERDICTS.filter((verdict) => verdict !== 'allow');

function split(t: Translator, { periods, range }: Board): Omit<Section, 'id'> {
  return {
    columns: [
      words(t('board.column.period')),
      count(t('board.column.decisions')),
      ...splitColumns(t),
    ],
    rows: periods.map(({ period, decided, split: parts }) => [
      period,
      decided,
      ...splitCells(parts),
    ]),
    chart: {
      kind: 'columns',
      categories: periods.map(({ period }) => shortDay(period, range.by)),
      series: PARTS_OF_SPLIT.map(([part, tone]) => ({
        name: t(`board.${part}`),
        tone,
        values: periods.map((each) => each.split[part]),
      })),
    },
  };
}

function packs(t: Translator, board: Board, packName: PackName): Omit<Section, 'id'> {
  return {
    columns: [words(t('board.column.rules')), ...verdictColumns(t), ...splitColumns(t)],
    rows: board.packs.map(({ pack, decisions, split: parts }) => [
      packName(pack),
      ...verdictCells(decisions),
      ...splitCells(parts),
    ]),
    chart: {
      kind: 'bars',
      categories: board.packs.map(({ pack }) => packName(pack)),
      series: PARTS_OF_SPLIT.map(([part, tone]) => ({
        name: t(`board.${part}`),
        tone,
        values: board.packs.map((each) => each.split[part]),
      })),
    },
  };
}

function hooks(t: Translator, board: Board): Omit<Section, 'id'> {
  return {
    columns: [
      words(t('board.column.hook')),
      ...verdictColumns(t),
      count(t('board.column.told')),
      ...splitColumns(t),
      { label: t('board.column.share'), holds: 'share' },
      count(t('board.column.wrongly')),
    ],
    rows: board.hooks.map(({ hook, verdicts, told, refusals: parts, objectedWrongly }) => [
      hookName(t, hook),
      ...verdictCells(verdicts),
      told,
      ...splitCells(parts),
      shareOf(parts.wrong, parts.automatic + parts.person + parts.wrong),
      objectedWrongly,
    ]),
    chart: {
      kind: 'bars',
      categories: board.hooks.map(({ hook }) => hookName(t, hook)),
      series: HELD_UP.map((verdict) => ({
        name: t(`review.verdict.${verdict}`),
        tone: TONES[verdict],
        values: board.hooks.map(({ verdicts }) => verdicts[verdict]),
      })),
    },
  };
}

function refusals(t: Translator, board: Board): Omit<Section, 'id'> {
  const named = board.refusals.map(({ code }) => wordFor(t, 'board.refusal', code));
  return {
    columns: [words(t('board.column.code')), count(t('board.automatic')), count(t('board.person'))],
    rows: board.refusals.map(({ automatic, person }, at) => [named[at] ?? '', automatic, person]),
    chart: {
      kind: 'bars',
      categories: named,
      series: [
        {
          name: t('board.automatic'),
          tone: 'deep',
          values: board.refusals.map(({ automatic }) => automatic),
        },
        {
          name: t('board.person'),
          tone: 'warn',
          values: board.refusals.map(({ person }) => person),
        },
      ],
    },
  };
}

function steps(t: Translator, board: Board): Omit<Section, 'id'> {
  const total = (outcome: StepUpOutcome) =>
    board.stepUps.reduce((sum, { outcomes }) => sum + outcomes[outcome], 0);
  return {
    columns: [
      words(t('board.column.hook')),
      ...STEP_UP_OUTCOMES.map((outcome) => count(t(`board.step.${outcome}`))),
    ],
    rows: board.stepUps.map(({ hook, outcomes }) => [
      hookName(t, hook),
      ...STEP_UP_OUTCOMES.map((outcome) => outcomes[outcome]),
    ]),
    chart: {
      kind: 'bars',
      categories: STEP_UP_OUTCOMES.map((outcome) => t(`board.step.${outcome}`)),
      series: [
        { name: t('board.column.count'), tone: 'deep', values: STEP_UP_OUTCOMES.map(total) },
      ],
    },
  };
}

function shadow(t: Translator, { shadows }: Board): Omit<Section, 'id'> {
  const parts = ['asked', 'same', 'stricter', 'refuse', 'milder'] as const;
  return {
    columns: [
      words(t('board.column.hook')),
      ...parts.map((part) => count(t(`board.column.${part}`))),
    ],
    rows: shadows.map(({ hook, asked, same, stricter, wouldRefuse, milder }) => [
      hookName(t, hook),
      asked,
      same,
      stricter,
      wouldRefuse,
      milder,
    ]),
    chart: {
      kind: 'bars',
      categories: shadows.map(({ hook }) => hookName(t, hook)),
      series: [
        {
          name: t('board.column.stricter'),
          tone: 'bad',
          values: shadows.map(({ stricter }) => stricter),
        },
        {
          name: t('board.column.milder'),
          tone: 'good',
          values: shadows.map(({ milder }) => milder),
        },
      ],
    },
  };
}

function times(t: Translator, { periods, range }: Board): Omit<Section, 'id'> {
  const timed = periods.filter((period) => period.times !== null);
  return {
    columns: [words(t('board.column.period')), count(t('board.column.count')), ...timeColumns()],
    rows: timed.map(({ period, times: figures }) => [
      period,
      figures?.count ?? 0,
      figures?.p50 ?? null,
      figures?.p95 ?? null,
      figures?.p99 ?? null,
    ]),
    chart: {
      kind: 'lines',
      categories: periods.map(({ period }) => shortDay(period, range.by)),
      series: [
        { name: 'p50', tone: 'deep', values: periods.map((period) => period.times?.p50 ?? null) },
        { name: 'p95', tone: 'bad', values: periods.map((period) => period.times?.p95 ?? null) },
      ],
    },
  };
}

function parts(t: Translator, board: Board): Omit<Section, 'id'> {
  const rows = board.times.map(
    ({ part, figures }) =>
      [partName(t, part), figures.count, figures.p50, figures.p95, figures.p99] as const,
  );
  return {
    columns: [words(t('board.column.part')), count(t('board.column.count')), ...timeColumns()],
    rows,
    chart: null,
  };
}

function partName(t: Translator, part: string): string {
  if (part === '') return t('board.part.whole');
  const own = wordFor(t, 'board.part', part);
  return own === part ? wordFor(t, 'hook', part) : own;
}

function hookName(t: Translator, hook: string): string {
  return hook === '' ? t('board.unknown') : wordFor(t, 'hook', hook);
}

function shortDay(period: string, by: Step): string {
  return by === 'month' ? period.slice(0, 7) : period.slice(5);
}
