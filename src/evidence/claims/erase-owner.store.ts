import type { OwnerId } from '../../kernel/ids.ts';
import { eraseOwnerStatements } from '../../owners/owners.store.ts';
import { forgetOwnerStatements } from '../../risk/kept-signals.store.ts';
import type { Tx } from '../../store/database.ts';
import { together } from '../../store/sql.ts';

/**
 * Deletes all of an owner except its id, which past bindings and decisions refer to. Data key,
 * index, fields, affiliations, relatives, known devices and risk signals go in one statement.
 */
export async function eraseOwner(tx: Tx, owner: OwnerId): Promise<void> {
  const [first, ...others] = forgetOwnerStatements(owner);
  await tx.query(together([first, ...others, ...eraseOwnerStatements(owner)]));
}
