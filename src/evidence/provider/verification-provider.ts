import type { CheckId, EvidenceId } from '../../kernel/ids.ts';

/** A scan as it is shown to a provider: re-encoded, without metadata. */
export interface Image {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** What a provider is asked. `id` names the question: asked again with the same id, it is the same question. */
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

/** `sent` and `bounced` are said of a micro-deposit only; `validUntil` when the document's own end was read from it. */
export interface Answer {
  readonly id: EvidenceId | CheckId;
  readonly result: CheckResult;
  readonly validUntil: Date | null;
}

/**
 * Who checks evidence against the outside world: identity, face, bank account, business registry. Promises:
 *
 * - `ask` is idempotent by the question's id: a repeated question costs nothing and moves no second deposit.
 * - It returns an answer that is known at once, or 'pending'; a pending one comes later as a signed callback, perhaps more
 *   than once, perhaps out of order, perhaps never.
 * - It ends within its time-out. It throws {@link ProviderUnavailable} when it is not known whether the question was taken;
 *   the caller asks again later with the same id. It throws nothing for a "no": that is an answer.
 * - What is asked is used for this check alone and is not logged on the way.
 */
export interface VerificationProvider {
  ask(question: Question): Promise<Answer | 'pending'>;
}

export class ProviderUnavailable extends Error {
  override readonly name = 'ProviderUnavailable';
}

/** The provider says the question itself is wrong: asking again will not help, an operator must look. */
export class QuestionRefused extends Error {
  override readonly name = 'QuestionRefused';
}
