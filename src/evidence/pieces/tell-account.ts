import type { TellAccount } from '../../accounts/deps.ts';
import { tell } from './notices.store.ts';

/** Tells an account what became of its second factors, so that an owner learns of what somebody else did. */
export const tellAccount: TellAccount = async (tx, { account, what, kind }) => {
  const reason = kind === null ? 'factor_all' : `factor_${kind}`;
  await tell(tx, [{ accountId: account, what, reason, evidenceId: null, bindingId: null }]);
};
