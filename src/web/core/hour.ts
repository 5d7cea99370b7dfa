import type { Language, Translator } from './i18n.ts';
import type { Due } from './page.model.ts';

const SHAPE = /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{2})$/;
const SHANGHAI_AHEAD_MS = 8 * 3_600_000;

/**
 * A day and an hour in Shanghai, as a `datetime-local` field sends them or as people type them.
 * Undefined for anything else.
 */
export function parseHour(typed: string): Date | undefined {
  const parts = SHAPE.exec(
    typed.normalize('NFKC').trim().replaceAll('/', '-').replaceAll(/\s+/g, ' '),
  );
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts.slice(1).map(Number);
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute));
  const same =
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    at.getUTCHours() === hour &&
    at.getUTCMinutes() === minute;
  return same ? new Date(at.getTime() - SHANGHAI_AHEAD_MS) : undefined;
}

/** The reverse of {@link parseHour}. */
export function formatHour(at: Date): string {
  return new Date(at.getTime() + SHANGHAI_AHEAD_MS).toISOString().slice(0, 16);
}

const MINUTE_MS = 60_000;
// biome-ignore format: a table is read by its columns
const UNITS = [
  ['day',    1_440],
  ['hour',   60],
  ['minute', 1],
] as const;

/** A deadline, and how much time is left or over. */
export function dueOf(t: Translator, at: Date, now: Date): Due {
  const late = at < now;
  const minutes = Math.trunc(Math.abs(at.getTime() - now.getTime()) / MINUTE_MS);
  const [unit, size] = UNITS.find(([, each]) => minutes >= each) ?? UNITS[2];
  const since = figure(t.language, unit, Math.trunc(minutes / size));
  return {
    text: dayAndHour(t.language, at),
    relative: t(late ? 'review.overdue' : 'review.left', { since }),
    late,
  };
}

/** A span in the largest unit that gives a whole number. */
export function spanOf(language: Language, seconds: number): string {
  const [unit, size] = UNITS.map(([name, minutes]) => [name, minutes * 60] as const).find(
    ([, each]) => seconds % each === 0,
  ) ?? ['second', 1];
  return figure(language, unit, seconds / size);
}

function figure(language: Language, unit: string, count: number): string {
  const words = new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
  }).format(count);
  return words.replace(/(\d)(\p{Script=Han})/u, '$1 $2'); // as the copy writes figures
}

/** A day and an hour without the year. */
export function dayAndHour(language: Language, at: Date): string {
  return new Intl.DateTimeFormat(language, DAY_AND_HOUR).format(at);
}

const DAY_AND_HOUR = {
  month: 'short',
  day: 'numeric',
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'Asia/Shanghai',
} as const satisfies Intl.DateTimeFormatOptions;
