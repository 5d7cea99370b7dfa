import type { TellSides } from '../../binding/handle-appeal-decision.ts';
import type { MoveDeps } from '../../binding/move-binding.ts';
import { tell } from './notices.store.ts';

/**
 * Tells both accounts of a refused binding the result of the appeal, whichever of them appealed.
 */
export const tellSides: TellSides = async (tx, { accounts, what, request }) => {
  await tell(
    tx,
    accounts.map((accountId) => ({
      accountId,
      what,
      reason: null,
      evidenceId: null,
      bindingId: null,
      requestId: request,
    })),
  );
};

/**
 * Tells both sides that their binding moved to another version of its pack, which changes its
 * permissions.
 */
export const tellMoved: MoveDeps['tellMoved'] = async (tx, { accounts, binding }) => {
  await tell(
    tx,
    accounts.map((accountId) => ({
      accountId,
      what: 'binding.moved',
      reason: 'pack_moved',
      evidenceId: null,
      bindingId: binding,
    })),
  );
};
