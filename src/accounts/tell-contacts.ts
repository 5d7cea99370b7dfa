import type { AccountId } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Tx } from '../store/database.ts';
import { findContactsOf } from './contacts.store.ts';
import { insertMessage } from './messages.store.ts';
import { type MessageText, sealMessage } from './outgoing-message.ts';
import { openContact } from './sealed-contact.ts';

/** Sends a message to every address of the account, with the change that it tells. */
export async function tellContacts(
  tx: Tx,
  secrets: InstallationSecret,
  { account, told }: { readonly account: AccountId; readonly told: MessageText },
): Promise<void> {
  for (const contact of await findContactsOf(tx, account))
    await insertMessage(tx, sealMessage(secrets, openContact(secrets, contact), told));
}
