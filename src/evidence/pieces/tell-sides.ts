import type { TellSides } from '../../binding/handle-appeal-decision.ts';
import type { MoveDeps } from '../../binding/move-binding.ts';
import { tell } from './notices.store.ts';

/** Tells both accounts of a refused binding what became of the appeal: it was about both, whichever of them appealed. */
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

/** Tells both sides that their binding goes by another version of its pack, which changes what it lets them do. */
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
