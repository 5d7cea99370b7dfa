import type { FindAccount } from 'oidc-provider';
import { type Account, isSignedIn, maySignIn } from '../accounts/account.ts';
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
  return async (ctx, id, token) => {
    const account = await findAccountOnce(db, id);
    if (!account || !maySignIn(account)) return undefined;
    if (!isSignedIn(account, beganAt(ctx, id, token))) return undefined;
    return { accountId: account.id, claims: () => claimsOf(account) };
  };
}

/**
 * When the token was issued, or the session's sign-in. A sign-in that is not stored yet began now.
 */
function beganAt(
  { oidc: { session } }: Parameters<FindAccount>[0],
  accountId: string,
  token: Parameters<FindAccount>[2],
): number {
  if (token?.iat !== undefined) return token.iat;
  const signedIn = session?.accountId === accountId ? session.loginTs : undefined;
  return signedIn ?? Number.POSITIVE_INFINITY;
}
