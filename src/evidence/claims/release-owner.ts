import type { AccountId, OwnerId } from '../../kernel/ids.ts';
import type { Tx } from '../../store/database.ts';
import { findAccountsAround } from './claims.store.ts';
import { deleteOwner } from './delete-owner.ts';

/**
 * Called when an account that only claimed an owner drops the claim. An owner that no other account
 * refers to is deleted; otherwise it stays. The account cannot tell which of the two happened.
 * Owners and accounts are locked before.
 */
export async function releaseOwner(
  tx: Tx,
  owner: OwnerId,
  { by, because }: { readonly by: AccountId; readonly because: string },
): Promise<void> {
  if ((await findAccountsAround(tx, owner, by)).length > 0) return;
  // refused if it is bound or gone already, which is intended
  await deleteOwner(tx, { owner, by, because });
}
