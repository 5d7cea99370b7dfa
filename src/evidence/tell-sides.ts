import type { TellSides } from '../binding/settle-appeal.ts';
import { tell } from './notices.store.ts';

/** Tells both accounts of a refused binding what became of the appeal: it was about both, whichever of them appealed. */
export const tellSides: TellSides = async (tx, { accounts, what, request }) => {
  await tell(
    tx,
    accounts.map((accountId) => ({ accountId, what, reason: null, evidenceId: null, bindingId: null, requestId: request })),
  );
};
