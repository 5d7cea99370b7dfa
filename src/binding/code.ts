import type { Brand } from '../kernel/ids.ts';
import { ok, type Result, refuse } from '../kernel/refusals.ts';

/**
 * The DET (R7): exactly `DIGITS` decimal digits. It is a secret while it lives: never stored, logged or
 * in a URL in clear.
 */
export type Code = Brand<string, 'Code'>;

/** An even number: a code is made of two halves. */
export const DIGITS = 16;
const HALF = DIGITS / 2;
const SHAPE = new RegExp(`^[0-9]{${DIGITS}}$`);
/** The longest input that is read: three separators a digit. NFKC of more costs too much. */
const LONGEST = 4 * DIGITS;

/** A new code. `random(max)` is uniform over [0, max): `crypto.randomInt`. */
export function makeCode(random: (max: number) => number): Code {
  const half = () => String(random(10 ** HALF)).padStart(HALF, '0');
  return (half() + half()) as Code;
}

/** Both halves: a wrong code with one right half is counted against the code's request. */
export function halvesOf(code: Code): readonly [left: string, right: string] {
  return [code.slice(0, HALF), code.slice(HALF)];
}

/** `1234`, `5678`, `9012`, `3456`: the groups that it is shown and read aloud in (R7). */
export function groupsOf(code: string): readonly string[] {
  return code.match(/\d{1,4}/g) ?? [];
}

/**
 * Reads what a person typed: full-width digits (Chinese keyboards), spaces, hyphens and dots too.
 */
export function parseCode(typed: unknown): Result<Code, 'malformed_code'> {
  if (typeof typed !== 'string') return refuse('malformed_code', 'BIND-4C1');
  if (typed.length > LONGEST) return refuse('malformed_code', 'BIND-4C2');
  const digits = typed.normalize('NFKC').replace(/[\s\p{Dash_Punctuation}.]/gu, '');
  if (!SHAPE.test(digits)) return refuse('malformed_code', 'BIND-4C3');
  return ok(digits as Code);
}
