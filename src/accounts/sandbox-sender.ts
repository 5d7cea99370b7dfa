import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../store/database.ts';
import type { ContactKind } from './contact.ts';
import type { Message, MessageSender } from './ports/message-sender.ts';
import { insertSandboxMessage } from './sandbox-messages.store.ts';

export interface SandboxFaults {
  /** The share of tries, 0 to 1, that nobody takes. */
  readonly fails: number;
  /** The share of messages that are delivered twice. */
  readonly repeats: number;
  readonly lagMs: number;
}

/** Delivers to a table that /demo/messages shows. It fails, lags and repeats as real ones do. */
export class SandboxSender implements MessageSender {
  readonly #db: Db;
  readonly #kind: ContactKind;
  readonly #faults: SandboxFaults;
  readonly #tries = new Map<string, number>();

  constructor(db: Db, kind: ContactKind, faults: SandboxFaults) {
    this.#db = db;
    this.#kind = kind;
    this.#faults = faults;
  }

  async send(message: Message): Promise<void> {
    const { fails, repeats, lagMs } = this.#faults;
    const attempt = (this.#tries.get(message.id) ?? 0) + 1;
    this.#tries.set(message.id, attempt);
    if (chance(message.id, `fails ${attempt}`) < fails)
      throw new Error('the sandbox did not take the message');
    this.#tries.delete(message.id);
    await sleep(chance(message.id, 'lag') * lagMs);
    const copies = chance(message.id, 'repeats') < repeats ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1)
      await insertSandboxMessage(this.#db, { ...message, kind: this.#kind });
  }
}

/** A number from 0 to 1 that depends on the message and the purpose only. */
function chance(id: string, purpose: string): number {
  return createHash('sha256').update(`${id}.${purpose}`).digest().readUInt32BE() / 2 ** 32;
}
