import { createTransport } from 'nodemailer';
import type { Message, MessageSender } from './ports/message-sender.ts';

const TEN_SECONDS_MS = 10_000;

/** Mail by SMTP (RFC 5321). `url` is `smtp:` (STARTTLS where offered) or `smtps:`. */
export class SmtpSender implements MessageSender {
  readonly #transport: ReturnType<typeof createTransport>;
  readonly #from: string;

  constructor({ url, from }: { readonly url: string; readonly from: string }) {
    this.#transport = createTransport({
      url,
      connectionTimeout: TEN_SECONDS_MS,
      greetingTimeout: TEN_SECONDS_MS,
      socketTimeout: TEN_SECONDS_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    this.#from = from;
  }

  async send({ id, to, subject, text }: Message): Promise<void> {
    const domain = this.#from.replace(/^.*@|>$/g, '');
    await this.#transport.sendMail({
      from: this.#from,
      to: { name: '', address: to },
      subject,
      text,
      messageId: `<${id}@${domain}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
  }
}
