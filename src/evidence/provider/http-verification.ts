import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SIGNATURE_HEADER, sign } from './signature.ts';
import {
  type Answer,
  ProviderUnavailable,
  type Question,
  QuestionRefused,
  type VerificationProvider,
} from './verification-provider.ts';
import { CHECKS_PATH, LONGEST_ANSWER, readAnswer, writeQuestion } from './wire.ts';

export interface HttpVerificationOptions {
  readonly baseUrl: string;
  /** Shared with the provider. It signs both directions. */
  readonly key: Buffer;
  readonly timeoutMs?: number;
  readonly attempts?: number;
  readonly firstPauseMs?: number;
}

/**
 * The contract with a provider, over HTTP:
 *
 *     POST {baseUrl}/v1/checks          Bindery-Signature, Idempotency-Key: <id>
 *     { "id", "kind", "subject": { … }, "images": [{ "media_type", "data": base64 }] }
 *       → 202                            taken; the answer follows as a callback
 *       → 200 { "id", "result", "valid_until"? }      the answer, at once
 *       → 429, 5xx, no answer            asked again with the same id: three times here,
 *                                        for hours by the caller
 *       → other 4xx                      the question is wrong; not asked again
 *
 *     POST {issuer}/api/v1/verification/answers      Bindery-Signature, a nonce never used before
 *     { "id", "valid_until"?,
 *       "result": "match" | "mismatch" | "unknown" | "unreadable" | "undecided" | "sent" | "bounced" }
 *       → 204                            received, even if it changes nothing; do not repeat it
 *       → 401                            signature malformed, forged or stale
 *       → 409                            this nonce came before
 */
export class HttpVerification implements VerificationProvider {
  readonly #options: Required<HttpVerificationOptions>;

  constructor(options: HttpVerificationOptions) {
    this.#options = { timeoutMs: 5_000, attempts: 3, firstPauseMs: 200, ...options };
  }

  async ask(question: Question): Promise<Answer | 'pending'> {
    const body = writeQuestion(question);
    const { attempts, firstPauseMs } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(question.id, body);
      } catch (error) {
        if (!(error instanceof ProviderUnavailable) || attempt >= attempts) throw error;
        const pause = firstPauseMs * 2 ** (attempt - 1);
        // so that many failed calls are not repeated at the same moment
        await sleep(pause + randomInt(pause + 1));
      }
    }
  }

  async #once(id: string, body: string): Promise<Answer | 'pending'> {
    const response = await this.#post(id, body);
    if (response.status === 202) {
      await response.body?.cancel();
      return 'pending';
    }
    if (response.status !== 200) {
      await response.body?.cancel();
      if (response.status === 429 || response.status >= 500)
        throw new ProviderUnavailable(`the provider answered ${response.status}`);
      throw new QuestionRefused(`the provider answered ${response.status} to ${id}`);
    }
    const answer = readAnswer(await textOf(response));
    if (answer?.id !== id)
      throw new QuestionRefused(`the provider's answer to ${id} is not in the contract`);
    return answer;
  }

  async #post(id: string, body: string): Promise<Response> {
    const { baseUrl, key, timeoutMs } = this.#options;
    const url = new URL(`${baseUrl}${CHECKS_PATH}`);
    const message = { method: 'POST', path: url.pathname, body };
    const headers = {
      'Content-Type': 'application/json',
      'Idempotency-Key': id,
      [SIGNATURE_HEADER]: sign(key, message, {
        now: new Date(),
        nonce: randomBytes(16).toString('base64url'),
      }),
    };
    try {
      return await fetch(url, {
        method: 'POST',
        headers,
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (error) {
      throw new ProviderUnavailable('the provider did not answer', { cause: error });
    }
  }
}

/** Reads no more than the longest answer, so that an endless one is cut off. */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > LONGEST_ANSWER) throw new QuestionRefused('the provider’s answer is too long');
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof QuestionRefused) throw error;
    throw new ProviderUnavailable('the provider closed the connection', { cause: error });
  }
  return Buffer.concat(chunks).toString('utf8');
}
