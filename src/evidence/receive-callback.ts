import { type Result, refuse } from '../kernel/refusals.ts';
import { isOfCheck, receiveCheckAnswer } from './checks/handle-check-answer.ts';
import type { EvidenceDeps } from './deps.ts';
import { checkSignature, type SignatureRefusal, type SignedMessage } from './provider/signature.ts';
import { readAnswer } from './provider/wire.ts';
import { receiveAnswer } from './submissions/receive-answer.ts';

export type CallbackRefusal =
  | SignatureRefusal
  | 'replayed'
  | 'unknown_evidence'
  | 'malformed_answer';

/**
 * Handles a provider's callback. Its signature is checked before anything in it is read. Its age is
 * measured in real time, because the provider knows no other.
 */
export async function receiveCallback(
  deps: Pick<EvidenceDeps, 'db' | 'review' | 'policy' | 'lifetimes'>,
  {
    key,
    message,
    signature,
    now,
  }: {
    readonly key: Buffer;
    readonly message: SignedMessage;
    readonly signature: string;
    readonly now: Date;
  },
): Promise<Result<{ readonly applied: boolean }, CallbackRefusal>> {
  const signed = checkSignature(key, message, signature, now);
  if (!signed.ok) return signed;
  const answer = readAnswer(message.body);
  if (!answer) return refuse('malformed_answer', 'EVI-6H0');
  const receive = isOfCheck(answer) ? receiveCheckAnswer : receiveAnswer;
  return await receive(deps, { answer, nonce: signed.value.nonce });
}
