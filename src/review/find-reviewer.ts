import { findAccount } from '../accounts/accounts.store.ts';
import { holdsRole } from '../accounts/role.ts';
import type { AccountId } from '../kernel/ids.ts';
import { findRelated } from '../owners/relatives.store.ts';
import type { Db } from '../store/database.ts';
import type { Reviewer } from './case.ts';

/** The account, if it may review, and the owners whose cases it may not. */
export async function findReviewer(db: Db, id: AccountId): Promise<Reviewer | undefined> {
  const account = await findAccount(db, id);
  if (!account || !holdsRole(account, 'reviewer')) return undefined;
  const { ownerId } = account;
  return {
    id: account.id,
    ownerId,
    related: ownerId === null ? [] : [ownerId, ...(await findRelated(db, ownerId))],
  };
}
