import type { BindingDeps } from './deps.ts';
import { handleRequestCommand } from './handle-request-command.ts';
import { findOpenRequestsOf, lockRequest } from './requests.store.ts';

/**
 * Ends all that an app asked for and nobody has decided yet, because the app was switched off. Both
 * sides see it on their next page. Each is ended in a transaction of its own.
 */
export async function endRequestsOf(
  { db, lifetimes }: Pick<BindingDeps, 'db' | 'lifetimes'>,
  { clientId, actor }: { readonly clientId: string; readonly actor: string },
): Promise<number> {
  let ended = 0;
  for (const id of await findOpenRequestsOf(db, clientId)) {
    await db.transaction(async (tx) => {
      const stored = await lockRequest(tx, id);
      // The time of proofs and reviews does not simply end: that would count as a risk.
      const late = stored.request.state === 'proving' || stored.request.state === 'in_review';
      const command = late
        ? ({ type: 'decline', by: 'initiator' } as const)
        : ({ type: 'expire' } as const);
      const handled = await handleRequestCommand(tx, stored, command, { actor, lifetimes });
      if (handled.ok) ended += 1; // else it came to an end before it was locked
    });
  }
  return ended;
}
