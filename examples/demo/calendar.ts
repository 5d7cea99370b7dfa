/**
 * Working days in China, by the State Council's notice on the holidays of 2026 (国办发明电〔2025〕7号).
 * This second copy checks the server's calendar. A year without a notice has weekends only.
 */
const HOLIDAYS: readonly (readonly [from: string, to: string])[] = [
  ['2026-01-01', '2026-01-03'], // New Year
  ['2026-02-15', '2026-02-23'], // Spring Festival
  ['2026-04-04', '2026-04-06'], // Qingming
  ['2026-05-01', '2026-05-05'], // Labour Day
  ['2026-06-19', '2026-06-21'], // Dragon Boat Festival
  ['2026-09-25', '2026-09-27'], // Mid-Autumn Festival
  ['2026-10-01', '2026-10-07'], // National Day
];

/** Weekend days that are working days because of a nearby holiday (调休). */
const MADE_UP: readonly string[] = [
  '2026-01-04',
  '2026-02-14',
  '2026-02-28',
  '2026-05-09',
  '2026-09-20',
  '2026-10-10',
];

/** The working days that reviewers have for ordinary material, by the pack `douyin`. */
export const ORDINARY_WORKING_DAYS = 7;

const DAY_MS = 86_400_000;

/** The day after this many working days. The first day does not count. */
export function workingDaysAfter(day: string, count: number): string {
  let date = new Date(`${day}T00:00:00Z`);
  for (let passed = 0; passed < count; ) {
    date = new Date(date.getTime() + DAY_MS);
    if (isWorkingDay(date)) passed += 1;
  }
  return date.toISOString().slice(0, 10);
}

function isWorkingDay(date: Date): boolean {
  const day = date.toISOString().slice(0, 10);
  if (MADE_UP.includes(day)) return true;
  if (HOLIDAYS.some(([from, to]) => from <= day && day <= to)) return false;
  return date.getUTCDay() !== 0 && date.getUTCDay() !== 6;
}
