import type { Language } from './i18n.ts';

const DAY_MS = 86_400_000;
const SHANGHAI = '+08:00';
const SHAPE = /^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$/;
const COMPACT = /^\d{8}$/;

/**
 * The end, in Shanghai, of the last day that a document is valid. Null where nothing was typed,
 * undefined where it is no day. Date fields send `2030-12-31`; people without one type the day as
 * the document shows it.
 */
export function parseLastDay(typed: string): Date | null | undefined {
  const plain = typed.normalize('NFKC').replaceAll(/\s/g, '');
  if (plain === '') return null;
  const [, year, month, day] = COMPACT.test(plain)
    ? [plain, plain.slice(0, 4), plain.slice(4, 6), plain.slice(6)]
    : (SHAPE.exec(plain) ?? []);
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const written = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const midnight = new Date(`${written}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== written)
    return undefined; // the 31st of February
  return new Date(new Date(`${written}T00:00:00${SHANGHAI}`).getTime() + DAY_MS);
}

export function day(language: Language, at: Date): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'Asia/Shanghai' }).format(
    at,
  );
}

/** The last day before the moment `end`, the reverse of {@link parseLastDay}. */
export function lastDay(language: Language, end: Date): string {
  return day(language, new Date(end.getTime() - 1));
}
