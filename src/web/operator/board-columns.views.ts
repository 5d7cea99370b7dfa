import type { Split, Verdicts } from '../../board/board.ts';
import { VERDICTS } from '../../policy/verdict.ts';
import type { Translator } from '../core/i18n.ts';
import type { Tone } from './board-chart.ts';

/** What a column holds. Shares are fractions of one; times are in milliseconds. */
export interface Column {
  readonly label: string;
  readonly holds: 'words' | 'count' | 'share' | 'time';
}

// biome-ignore format: a table is read by its columns
export const PARTS_OF_SPLIT = [
  ['automatic', 'deep'],
  ['person',    'warn'],
  ['wrong',     'bad'],
] as const satisfies readonly (readonly [keyof Split, Tone])[];

export function shareOf(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

export function verdictCells(verdicts: Verdicts): readonly number[] {
  return VERDICTS.map((verdict) => verdicts[verdict]);
}

export function splitCells(parts: Split): readonly number[] {
  return PARTS_OF_SPLIT.map(([part]) => parts[part]);
}

export const words = (label: string): Column => ({ label, holds: 'words' });
export const count = (label: string): Column => ({ label, holds: 'count' });
export const timeColumns = (): readonly Column[] =>
  ['p50', 'p95', 'p99'].map((label) => ({ label: `${label} / ms`, holds: 'time' }));

export function verdictColumns(t: Translator): readonly Column[] {
  return VERDICTS.map((verdict) => count(t(`review.verdict.${verdict}`)));
}

export function splitColumns(t: Translator): readonly Column[] {
  return PARTS_OF_SPLIT.map(([part]) => count(t(`board.${part}`)));
}
