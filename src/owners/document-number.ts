import type { Brand } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';

export type NumberRefusal = 'malformed_number' | 'wrong_check_digit';

/** No document number is nearly as long. A longer text is not read. */
const LONGEST = 64;

/** The number of a resident identity card (居民身份证), in one spelling. */
export type ResidentId = Brand<string, 'ResidentId'>;

// GB 11643-1999: region (6), date of birth (8), sequence (3), check digit. A region does not begin
// with 0 (GB/T 2260).
const RESIDENT_ID = /^[1-9]\d{5}(?<year>(?:18|19|20)\d{2})(?<month>\d{2})(?<day>\d{2})\d{3}[0-9X]$/;
const RESIDENT_ID_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const RESIDENT_ID_CHECK_DIGITS = '10X98765432';

/** Reads what a person typed. A refusal never repeats it. */
export function parseResidentId(typed: unknown): Result<ResidentId, NumberRefusal> {
  const number = plainNumber(typed);
  const born = number === undefined ? undefined : RESIDENT_ID.exec(number)?.groups;
  if (number === undefined || born === undefined) return refuse('malformed_number', 'OWN-1A0');
  if (!isDate(Number(born.year), Number(born.month), Number(born.day)))
    return refuse('malformed_number', 'OWN-1A1');
  if (residentIdCheckDigit(number.slice(0, 17)) !== number[17])
    return refuse('wrong_check_digit', 'OWN-1A2');
  return ok(number as ResidentId);
}

/** GB 11643-1999 §4.4: ISO 7064 MOD 11-2. */
export function residentIdCheckDigit(first17: string): string {
  const sum = RESIDENT_ID_WEIGHTS.reduce(
    (total, weight, at) => total + weight * Number(first17[at]),
    0,
  );
  return RESIDENT_ID_CHECK_DIGITS.charAt(sum % 11);
}

/** A unified social credit code (统一社会信用代码), in one spelling. */
export type Uscc = Brand<string, 'Uscc'>;

// GB 32100-2015 §4: authority (1), kind of entity (1), region (6), organisation (9), check digit.
// The letters I, O, S, V and Z are not used.
const USCC_CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const USCC = /^[0-9A-HJ-NP-RTUW-Y]{2}\d{6}[0-9A-HJ-NP-RTUW-Y]{10}$/;
const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** Reads what a person typed. A refusal never repeats it. */
export function parseUscc(typed: unknown): Result<Uscc, NumberRefusal> {
  const code = plainNumber(typed);
  if (code === undefined || !USCC.test(code)) return refuse('malformed_number', 'OWN-1B0');
  if (usccCheckDigit(code.slice(0, 17)) !== code[17]) return refuse('wrong_check_digit', 'OWN-1B1');
  return ok(code as Uscc);
}

/** GB 32100-2015 §5: MOD 31 with weights 3^n. A remainder of 0 gives the digit 0. */
export function usccCheckDigit(first17: string): string {
  const sum = USCC_WEIGHTS.reduce(
    (total, weight, at) => total + weight * USCC_CHARACTERS.indexOf(first17.charAt(at)),
    0,
  );
  return USCC_CHARACTERS.charAt((31 - (sum % 31)) % 31);
}

/**
 * A document number in one spelling: full-width characters become narrow (NFKC), spaces, hyphens
 * and dots are dropped, letters become upper case. Undefined if it cannot be a number.
 */
function plainNumber(typed: unknown): string | undefined {
  if (typeof typed !== 'string' || typed.length > LONGEST) return undefined;
  const plain = typed
    .normalize('NFKC')
    .replace(/[\s\p{Pd}.·]/gu, '')
    .toUpperCase();
  return /^[0-9A-Z]+$/.test(plain) ? plain : undefined;
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
