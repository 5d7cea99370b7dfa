import type { FactorId } from '../kernel/ids.ts';

export type FactorKind = 'passkey' | 'totp';

/** What an account has beside its password: the part that may be shown. */
export interface Factor {
  readonly id: FactorId;
  readonly kind: FactorKind;
  /** As its owner calls it. */
  readonly name: string;
  readonly enrolledAt: Date;
  readonly lastUsedAt: Date | null;
}

/** Somebody proved a factor, once and for one purpose. */
export interface FactorProof {
  readonly factor: FactorId;
  readonly kind: FactorKind;
  readonly enrolledAt: Date;
  /** Of the business clock, like `enrolledAt`. */
  readonly at: Date;
}

export type ProofRefusal = 'wrong_proof' | 'no_such_factor' | 'too_many_attempts';

/** How a form brings a proof: the code of an app, or what the browser answered for a passkey, as JSON. */
export interface SentProof {
  readonly code?: string;
  readonly passkey?: string;
}

export const MOST_FACTORS = 10;
const LONGEST_NAME = 40;

/** What the owner typed as a name, in one line; `otherwise` where nothing is left of it. */
export function factorName(typed: string, otherwise: string): string {
  const name = typed
    .normalize('NFC')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return [...(name === '' ? otherwise : name)].slice(0, LONGEST_NAME).join('').trimEnd();
}

/** The code in the digits that people type: full-width ones too, and with a gap in the middle. */
export function parseAppCode(typed: string): string | undefined {
  const digits = typed.normalize('NFKC').replace(/[\s-]/g, '');
  return /^\d{6}$/.test(digits) ? digits : undefined;
}
