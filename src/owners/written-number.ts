/** No document number is nearly as long; a longer text is not looked at. */
const MOST = 64;

/**
 * A document number as people write it, in its one spelling: full-width characters narrowed (NFKC), spaces, hyphens and
 * dots between groups dropped, letters in upper case. Undefined for what cannot be one at all.
 */
export function plainNumber(typed: unknown): string | undefined {
  if (typeof typed !== 'string' || typed.length > MOST) return undefined;
  const plain = typed
    .normalize('NFKC')
    .replace(/[\s\p{Pd}.·]/gu, '')
    .toUpperCase();
  return /^[0-9A-Z]+$/.test(plain) ? plain : undefined;
}

export type NumberRefusal = 'malformed_number' | 'wrong_check_digit';
