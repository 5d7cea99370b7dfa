import { ok, type Result, refuse } from '../kernel/refusals.ts';

export const STEPS = ['day', 'week', 'month'] as const;
export type Step = (typeof STEPS)[number];

/** Whole days in Shanghai such as `2026-11-22`, both included, with a column for each `by`. */
export interface Range {
  readonly from: string;
  readonly to: string;
  readonly by: Step;
}

/** As an operator typed it; empty: not given. */
export type AskedRange = Readonly<Record<'from' | 'to' | 'by', string>>;

export type RangeRefusal = 'malformed_day' | 'unknown_step' | 'days_reversed' | 'too_many_days';

const DAY_MS = 86_400_000;
const SHANGHAI_AHEAD_MS = 8 * 3_600_000;
const SHAPE = /^\d{4}-\d\d-\d\d$/;
const USUAL_DAYS = 30;
/** Two years and a day: more columns nobody reads. */
const MOST_DAYS = 732;
const MOST_PERIODS = 100;
// biome-ignore format: a table is read by its columns
const STEP_UP_TO = [
  ['day',   31],
  ['week',  26 * 7],
  ['month', MOST_DAYS],
] as const;

/** Reads what an operator typed. The default is the last thirty days, in steps that fit. */
export function parseRange(asked: AskedRange, today: string): Result<Range, RangeRefusal> {
  const to = asked.to === '' ? (asked.from > today ? asked.from : today) : asked.to;
  if (!isDay(to)) return refuse('malformed_day', 'BOARD-1R0');
  const from = asked.from === '' ? plusDays(to, 1 - USUAL_DAYS) : asked.from;
  if (!isDay(from)) return refuse('malformed_day', 'BOARD-1R1');
  if (from > to) return refuse('days_reversed', 'BOARD-1R2');
  const days = daysBetween(from, to) + 1;
  if (days > MOST_DAYS) return refuse('too_many_days', 'BOARD-1R3', { days });
  const by =
    asked.by === ''
      ? STEP_UP_TO.find(([, most]) => days <= most)?.[0]
      : STEPS.find((step) => step === asked.by);
  if (by === undefined) return refuse('unknown_step', 'BOARD-1R4');
  const range = { from, to, by };
  return periodsOf(range).length > MOST_PERIODS
    ? refuse('too_many_days', 'BOARD-1R5', { days, by })
    : ok(range);
}

/** The day of a moment in Shanghai. */
export function dayOf(at: Date): string {
  return new Date(at.getTime() + SHANGHAI_AHEAD_MS).toISOString().slice(0, 10);
}

/** When a day begins in Shanghai. */
export function startOf(day: string): Date {
  return new Date(Date.parse(`${day}T00:00:00Z`) - SHANGHAI_AHEAD_MS);
}

export function plusDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first day of the week (a Monday) or month that a day is in. */
export function periodOf(day: string, by: Step): string {
  switch (by) {
    case 'day':
      return day;
    case 'week':
      return plusDays(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7));
    case 'month':
      return `${day.slice(0, 7)}-01`;
  }
}

/** Every period that the range touches, empty ones included. */
export function periodsOf({ from, to, by }: Range): readonly string[] {
  const periods: string[] = [];
  for (let day = periodOf(from, by); day <= to; day = after(day, by)) periods.push(day);
  return periods;
}

function after(period: string, by: Step): string {
  return by === 'month'
    ? periodOf(plusDays(period, 31), by)
    : plusDays(period, by === 'week' ? 7 : 1);
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}

/** A calendar day from 2000 to 2999: PostgreSQL and JavaScript disagree about the far ends. */
function isDay(typed: string): boolean {
  if (!SHAPE.test(typed) || !typed.startsWith('2')) return false;
  const at = Date.parse(`${typed}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === typed;
}
