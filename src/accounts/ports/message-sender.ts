import type { ContactKind } from '../contact.ts';

export interface Message {
  /** The same at every try, so that a gateway can drop a repetition. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * Sends one message. Resolves when somebody else has taken it over; it may come late, twice or
 * never after that. Throws where nobody did: then it is tried again. It takes half a minute at most.
 */
export interface MessageSender {
  send(message: Message): Promise<void>;
}

/** A kind without a sender cannot be used. */
export type MessageSenders = Readonly<Partial<Record<ContactKind, MessageSender>>>;
