import type { Brand } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';
import { type NumberRefusal, plainNumber } from './written-number.ts';

/** A unified social credit code (统一社会信用代码), in its one spelling. */
export type Uscc = Brand<string, 'Uscc'>;

// GB 32100-2015 §4: authority (1), kind of entity (1), region (6), organisation (9), check digit; no I, O, S, V or Z.
const CHARACTERS = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const SHAPE = /^[0-9A-HJ-NP-RTUW-Y]{2}\d{6}[0-9A-HJ-NP-RTUW-Y]{10}$/;
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** Reads what a person typed. A refusal never repeats it. */
export function parseUscc(typed: unknown): Result<Uscc, NumberRefusal> {
  const code = plainNumber(typed);
  if (code === undefined || !SHAPE.test(code)) return refuse('malformed_number', 'OWN-1B0');
  if (usccCheckDigit(code.slice(0, 17)) !== code[17]) return refuse('wrong_check_digit', 'OWN-1B1');
  return ok(code as Uscc);
}

/** GB 32100-2015 §5: MOD 31 with weights 3^n; a remainder of none is the digit 0. */
export function usccCheckDigit(first17: string): string {
  const sum = WEIGHTS.reduce(
    (total, weight, at) => total + weight * CHARACTERS.indexOf(first17.charAt(at)),
    0,
  );
  return CHARACTERS.charAt((31 - (sum % 31)) % 31);
}
