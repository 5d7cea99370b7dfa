import { createHmac } from 'node:crypto';
import type { Message, MessageSender } from './ports/message-sender.ts';

const TEN_SECONDS_MS = 10_000;

/** `Bindery-Signature` of a body: `t=<seconds>,v1=<HMAC-SHA-256 of "t.body", base64url>`. */
export function signatureOf(key: Buffer, body: string, seconds: number): string {
  const mac = createHmac('sha256', key).update(`${seconds}.${body}`).digest('base64url');
  return `t=${seconds},v1=${mac}`;
}

/**
 * Text messages by an HTTP gateway: a POST of `{id, to, text}`, signed. Any 2xx means that it was
 * taken; an `id` that was taken before is sent once.
 */
export class SmsSender implements MessageSender {
  readonly #url: string;
  readonly #key: Buffer;

  constructor({ url, key }: { readonly url: string; readonly key: Buffer }) {
    this.#url = url;
    this.#key = key;
  }

  async send({ id, to, text }: Message): Promise<void> {
    const body = JSON.stringify({ id, to, text });
    const answer = await fetch(this.#url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(TEN_SECONDS_MS),
      headers: {
        'Content-Type': 'application/json',
        'Bindery-Signature': signatureOf(this.#key, body, Math.floor(Date.now() / 1000)),
      },
      body,
    });
    await answer.body?.cancel();
    // Its body may quote the text, which has the code.
    if (!answer.ok) throw new Error(`the SMS gateway answered ${answer.status}`);
  }
}
