import type { FindAccount } from 'oidc-provider';
import { type Account, maySignIn } from '../accounts/account.ts';
import type { Database } from '../store/database.ts';
import { findAccountOnce } from './adapter.ts';

/** Scope → claims (OIDC Core §5.4). Contains nothing of the owner: no name, document or phone. */
export const CLAIMS = {
  openid: ['sub', 'amr'], // how the person signed in; only in ID tokens
  profile: ['name', 'preferred_username', 'account_kind'],
} as const;

function claimsOf(account: Account) {
  return {
    sub: account.id,
    name: account.displayName,
    preferred_username: account.login,
    account_kind: account.kind,
  };
}

/**
 * Accounts as oidc-provider sees them. A closed or frozen account is not found, so its tokens, codes and
 * session stop working.
 */
export function accountsOver(db: Database): FindAccount {
  return async (_ctx, id) => {
    const account = await findAccountOnce(db, id);
    if (!account || !maySignIn(account)) return undefined;
    return { accountId: account.id, claims: () => claimsOf(account) };
  };
}
