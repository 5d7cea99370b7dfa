import type { CheckId, EvidenceId } from '../../kernel/ids.ts';

/** A scan for the provider: re-encoded, without metadata. */
export interface Image {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A question to the provider. The same `id` again is the same question. */
export type Question = { readonly id: EvidenceId | CheckId; readonly images: readonly Image[] } & (
  | {
      readonly kind: 'identity';
      readonly page: 'front' | 'back';
      readonly name: string;
      readonly number: string;
    }
  | { readonly kind: 'face_match'; readonly name: string; readonly number: string }
  | {
      readonly kind: 'bank_micro_deposit';
      readonly name: string;
      readonly bankAccount: string;
      readonly amountFen: number;
    }
  | {
      readonly kind: 'business_registry';
      readonly name: string;
      readonly number: string;
      readonly legalRepresentative: string | null;
    }
);

export const RESULTS = [
  'match',
  'mismatch',
  'unknown',
  'unreadable',
  'undecided',
  'sent',
  'bounced',
] as const;

export type CheckResult = (typeof RESULTS)[number];

/**
 * `sent` and `bounced` are for micro-deposits only. `validUntil` is set if the provider read it
 * from the document.
 */
export interface Answer {
  readonly id: EvidenceId | CheckId;
  readonly result: CheckResult;
  readonly validUntil: Date | null;
}

/**
 * Checks evidence with the outside world: identity, face, bank account, business registry.
 * Promises:
 *
 * - `ask` is idempotent by the question's id. A repeated question costs nothing and sends no second
 *   deposit.
 * - It returns a known answer, or 'pending'. A pending answer comes later as a signed callback:
 *   more than once, out of order, or never.
 * - It ends within its timeout. It throws {@link ProviderUnavailable} if it does not know whether
 *   the question arrived. The caller asks again later with the same id. A "no" is an answer and
 *   throws nothing.
 * - Questions are used for this check only, and are not logged on the way.
 */
export interface VerificationProvider {
  ask(question: Question): Promise<Answer | 'pending'>;
}

export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

/** The provider rejects the question itself. Asking again does not help; an operator must look. */
export class QuestionRefused extends Error {
  override readonly name = 'QuestionRefused';
}
