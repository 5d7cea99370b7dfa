import { z } from 'zod';
import type { CheckId, EvidenceId } from '../../kernel/ids.ts';
import { type Answer, type Question, RESULTS } from './verification-provider.ts';

/** The largest answer that is read. */
export const LONGEST_ANSWER = 16_384;

/** Where a provider takes questions, below its base URL, and where Bindery takes answers. */
export const CHECKS_PATH = '/v1/checks';
export const ANSWERS_PATH = '/api/v1/verification/answers';

const ANSWER = z.strictObject({
  id: z.string().regex(/^(evi|chk)_[\w-]{22}$/),
  result: z.enum(RESULTS),
  valid_until: z.iso.datetime({ offset: true }).nullish(),
});

/** Undefined if it is not an answer. The contract tells the provider what is wrong. */
export function readAnswer(text: string): Answer | undefined {
  const parsed = ANSWER.safeParse(jsonOf(text));
  if (!parsed.success) return undefined;
  const { id, result, valid_until: until } = parsed.data;
  return { id: id as EvidenceId | CheckId, result, validUntil: until ? new Date(until) : null };
}

export function writeAnswer({ id, result, validUntil }: Answer): string {
  return JSON.stringify({ id, result, valid_until: validUntil?.toISOString() ?? null });
}

export function writeQuestion({ id, kind, images, ...asked }: Question): string {
  const { bankAccount, amountFen, legalRepresentative, ...same } = asked as Record<string, unknown>;
  return JSON.stringify({
    id,
    kind,
    subject: {
      ...same,
      bank_account: bankAccount,
      amount_fen: amountFen,
      legal_representative: legalRepresentative ?? undefined,
    },
    images: images.map(({ mediaType, bytes }) => ({
      media_type: mediaType,
      data: bytes.toString('base64'),
    })),
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
