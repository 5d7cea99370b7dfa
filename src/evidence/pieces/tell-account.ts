import type { TellAccount } from '../../accounts/deps.ts';
import { tell } from './notices.store.ts';

/** Tells an account that the ways into it changed, because somebody else may have done it. */
export const tellAccount: TellAccount = async (tx, { account, what, kind }) => {
  const reason =
    kind !== null ? `factor_${kind}` : what === 'factor.reset' ? 'factor_all' : 'way_in';
  await tell(tx, [{ accountId: account, what, reason, evidenceId: null, bindingId: null }]);
};
