import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Database } from '../store/database.ts';
import { type DueMessage, deleteMessage, takeDueMessages } from './messages.store.ts';
import { openMessage } from './outgoing-message.ts';
import type { MessageSenders } from './ports/message-sender.ts';

export interface MessageDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  readonly senders: MessageSenders;
}

const AT_ONCE = 10;

/**
 * Sends all messages that are due, outside any transaction. A process that dies in between leaves
 * the row, so a message may be sent twice, and never silently not at all.
 */
export async function sendMessages(
  deps: MessageDeps,
  onError: (error: unknown) => void,
): Promise<void> {
  for (;;) {
    const due = await takeDueMessages(deps.db, AT_ONCE);
    await Promise.all(
      due.map(async (message) => {
        try {
          await sendOne(deps, message);
        } catch (error) {
          onError(error);
        }
      }),
    );
    if (due.length < AT_ONCE) return;
  }
}

async function sendOne({ db, secrets, senders }: MessageDeps, message: DueMessage): Promise<void> {
  if (!message.toNobody && !message.over) {
    const sender = senders[message.kind];
    if (!sender) throw new Error(`nothing sends messages of the kind ${message.kind}`);
    await sender.send(openMessage(secrets, message));
  }
  await deleteMessage(db, message.id);
}
