import type { BindingDeps } from './deps.ts';
import { hasLapsed } from './effective-state.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { findOverdueRequests, lockRequest } from './requests.store.ts';

/** Ends requests whose time is up, and their codes with them, each in a transaction of its own. */
export async function endOverdueRequests(
  { db, lifetimes }: Pick<BindingDeps, 'db' | 'lifetimes'>,
  batch: number,
): Promise<number> {
  let ended = 0;
  for (const id of await findOverdueRequests(db, batch)) {
    await db.transaction(async (tx) => {
      const stored = await lockRequest(tx, id);
      if (!hasLapsed(stored)) return; // answered or renewed before it was locked
      await handleRequestCommand(tx, stored, { type: 'expire' }, { actor: 'system', lifetimes });
      ended += 1;
    });
  }
  return ended;
}
