import type { InstallationSecret } from '../kernel/secrets.ts';
import { open, seal } from '../owners/sealed.ts';
import type { Contact } from './contact.ts';
import type { StoredContact } from './contacts.store.ts';

const KEY = 'accounts/contacts';

/** By this an address is found. Equal addresses have equal hashes, under this installation's key. */
function contactHash(secrets: InstallationSecret, { kind, address }: Contact): Buffer {
  return secrets.hash(KEY, `${kind}:${address}`);
}

export function sealContact(secrets: InstallationSecret, contact: Contact): StoredContact {
  const hash = contactHash(secrets, contact);
  const sealed = seal(secrets.derive(KEY), placeOf(hash), Buffer.from(contact.address));
  return { kind: contact.kind, hash, sealed };
}

export function openContact(
  secrets: InstallationSecret,
  { kind, hash, sealed }: StoredContact,
): Contact {
  const opened = open(secrets.derive(KEY), placeOf(hash), sealed);
  if (!opened.ok) throw new Error(`an address does not open: ${opened.refusal.site}`);
  return { kind, address: opened.value.toString('utf8') };
}

// A code's row and an account's row may hold the same sealed address.
function placeOf(hash: Buffer) {
  return { table: 'account_contacts', row: hash.toString('base64url'), column: 'address' };
}
