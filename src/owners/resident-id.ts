import type { Brand } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { type NumberRefusal, plainNumber } from './written-number.ts';

/** The number of a resident identity card (居民身份证), in its one spelling. */
export type ResidentId = Brand<string, 'ResidentId'>;

// GB 11643-1999: region (6), date of birth (8), sequence (3), check digit. A region never begins with 0 (GB/T 2260).
const SHAPE = /^[1-9]\d{5}(?<year>(?:18|19|20)\d{2})(?<month>\d{2})(?<day>\d{2})\d{3}[0-9X]$/;
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_DIGITS = '10X98765432';

/** Reads what a person typed. A refusal never repeats it. */
export function parseResidentId(typed: unknown): Result<ResidentId, NumberRefusal> {
  const number = plainNumber(typed);
  const born = number === undefined ? undefined : SHAPE.exec(number)?.groups;
  if (number === undefined || born === undefined) return refuse('malformed_number', 'OWN-1A0');
  if (!isDate(Number(born.year), Number(born.month), Number(born.day)))
    return refuse('malformed_number', 'OWN-1A1');
  if (residentIdCheckDigit(number.slice(0, 17)) !== number[17])
    return refuse('wrong_check_digit', 'OWN-1A2');
  return ok(number as ResidentId);
}

/** GB 11643-1999 §4.4: ISO 7064 MOD 11-2. */
export function residentIdCheckDigit(first17: string): string {
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(first17[at]), 0);
  return CHECK_DIGITS.charAt(sum % 11);
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
