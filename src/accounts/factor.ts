import type { FactorId } from '../kernel/ids.ts';

export type FactorKind = 'passkey' | 'totp';

/** A factor of an account beside its password: the part that may be shown. */
export interface Factor {
  readonly id: FactorId;
  readonly kind: FactorKind;
  /** The name that the owner gave. */
  readonly name: string;
  readonly enrolledAt: Date;
  readonly lastUsedAt: Date | null;
}

/** A factor was proved, once and for one purpose. */
export interface FactorProof {
  readonly factor: FactorId;
  readonly kind: FactorKind;
  readonly enrolledAt: Date;
  /** Business time, like `enrolledAt`. */
  readonly at: Date;
}

export type ProofRefusal = 'wrong_proof' | 'no_such_factor' | 'too_many_attempts';

/** A proof as a form sends it: the code of an app, or a passkey's answer as JSON. */
export interface SentProof {
  readonly code?: string;
  readonly passkey?: string;
}

export const MOST_FACTORS = 10;
const LONGEST_NAME = 40;

/** The name that the owner typed, in one line; `otherwise` if nothing is left of it. */
export function factorName(typed: string, otherwise: string): string {
  const name = typed
    .normalize('NFC')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return [...(name === '' ? otherwise : name)].slice(0, LONGEST_NAME).join('').trimEnd();
}

/** Reads a code as people type it: full-width digits and a gap are allowed. */
export function parseAppCode(typed: string): string | undefined {
  const digits = typed.normalize('NFKC').replace(/[\s-]/g, '');
  return /^\d{6}$/.test(digits) ? digits : undefined;
}
