import type { TellAccount } from '../../accounts/deps.ts';
import { tell } from './notices.store.ts';

/** Tells an account that its second factors changed, because somebody else may have done it. */
export const tellAccount: TellAccount = async (tx, { account, what, kind }) => {
  const reason = kind === null ? 'factor_all' : `factor_${kind}`;
  await tell(tx, [{ accountId: account, what, reason, evidenceId: null, bindingId: null }]);
};
