import type { AccountId, OwnerId } from '../../kernel/ids.ts';
import { deleteOwner } from '../../owners/delete-owner.ts';
import type { Tx } from '../../store/database.ts';
import { findAccountsAround } from './claims.store.ts';

/**
 * An account that merely claimed an owner has let go of it. An owner that nobody has to do with any more is forgotten; one
 * that anybody else does stays as it is, and the account that lets go cannot tell the one from the other. After owners and
 * accounts are locked.
 */
export async function releaseOwner(
  tx: Tx,
  owner: OwnerId,
  { by, because }: { readonly by: AccountId; readonly because: string },
): Promise<void> {
  if ((await findAccountsAround(tx, owner, by)).length > 0) return;
  await deleteOwner(tx, { owner, by, because }); // refused while it is bound or is gone already, which is as it should be
}
