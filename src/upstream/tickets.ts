import { newSecret } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Db } from '../store/database.ts';
import { deleteTicket, insertTicket, type TicketPurpose } from './tickets.store.ts';

interface Means {
  readonly db: Db;
  readonly secrets: InstallationSecret;
}

interface Issued {
  readonly browser: Buffer | null;
  readonly says: Readonly<Record<string, unknown>>;
  readonly lifetimeSeconds: number;
}

/** A new ticket. Only its hash is stored, and what it says is sealed. */
export async function issueTicket(
  { db, secrets }: Means,
  purpose: TicketPurpose,
  { browser, says, lifetimeSeconds }: Issued,
): Promise<string> {
  const ticket = newSecret();
  const key = ticketKey(secrets, purpose, ticket);
  const sealed = await secrets.seal(`upstream/${purpose}`, says, lifetimeSeconds);
  await insertTicket(db, { purpose, key, browser, sealed, lifetimeSeconds });
  return ticket;
}

/** What the ticket says, once and in its browser only. */
export async function takeTicket<Says>(
  { db, secrets }: Means,
  purpose: TicketPurpose,
  { ticket, browser }: { readonly ticket: string; readonly browser: Buffer | null },
): Promise<Says | undefined> {
  const key = ticketKey(secrets, purpose, ticket);
  const sealed = await deleteTicket(db, { purpose, key, browser });
  const says = sealed && (await secrets.unseal(`upstream/${purpose}`, sealed));
  return says ? (says as Says) : undefined;
}

export function ticketKey(
  secrets: InstallationSecret,
  purpose: TicketPurpose,
  ticket: string,
): Buffer {
  return secrets.hash(`upstream/ticket/${purpose}`, ticket);
}
