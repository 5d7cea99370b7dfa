import { newId } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import { MINUTE } from '../kernel/time.ts';
import { open, seal } from '../owners/sealed.ts';
import { CODE_MINUTES, type Contact } from './contact.ts';
import type { NewMessage, StoredMessage } from './messages.store.ts';
import type { Message } from './ports/message-sender.ts';

const KEY = 'accounts/messages';

/** What a message says, in the reader's language. */
export interface MessageText {
  readonly subject: string;
  readonly text: string;
}

/** Sealed for the outbox: it may have a code in it, which only its reader may know. */
export function sealMessage(
  secrets: InstallationSecret,
  { kind, address }: Contact,
  said: MessageText & { readonly toNobody?: boolean },
): NewMessage {
  const id = newId('msg');
  const { subject, text, toNobody = false } = said;
  const content = Buffer.from(JSON.stringify({ to: address, subject, text }));
  return {
    id,
    kind,
    content: seal(secrets.derive(KEY), placeOf(id), content),
    toNobody,
    lifetimeSeconds: CODE_MINUTES * MINUTE,
  };
}

export function openMessage(secrets: InstallationSecret, { id, content }: StoredMessage): Message {
  const opened = open(secrets.derive(KEY), placeOf(id), content);
  if (!opened.ok) throw new Error(`message ${id} does not open: ${opened.refusal.site}`);
  return { id, ...(JSON.parse(opened.value.toString('utf8')) as Omit<Message, 'id'>) };
}

function placeOf(id: string) {
  return { table: 'outgoing_messages', row: id, column: 'content' };
}
