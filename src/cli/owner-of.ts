import { normaliseLogin } from '../accounts/account.ts';
import { findAccountByLogin } from '../accounts/accounts.store.ts';
import type { OwnerId } from '../kernel/ids.ts';
import type { Database } from '../store/database.ts';

/** The proven owner of an account, for a command that names people by their logins. */
export async function ownerOf(db: Database, login: string): Promise<OwnerId> {
  const account = await findAccountByLogin(db, normaliseLogin(login));
  if (!account) throw new Error(`There is no account ${login}.`);
  if (account.ownerId === null)
    throw new Error(`${login} is not verified: nobody knows whose it is.`);
  return account.ownerId;
}
