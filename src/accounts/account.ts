import type { AccountId, OwnerId } from '../kernel/ids.ts';

export type Kind = 'personal' | 'enterprise' | 'special_industry';
/**
 * `restricted`: the platform limits it, so it cannot be bound. `frozen`: nobody signs in, and its
 * bindings are suspended (R47). `closed`: for good.
 */
export type AccountStatus = 'normal' | 'restricted' | 'frozen' | 'closed';
export type Qualification = 'none' | 'in_review' | 'verified';

/** The platform of accounts that Bindery itself keeps (R45). */
export const LOCAL_PLATFORM = 'local';

/** What pages and other people may see of an account. */
export interface AccountSummary {
  readonly id: AccountId;
  /** The platform that the account belongs to (R45). */
  readonly platform: string;
  readonly login: string;
  readonly displayName: string;
  readonly kind: Kind;
  readonly roles: readonly string[];
}

export interface Account extends AccountSummary {
  /** What the platform calls it; null where Bindery is the platform. */
  readonly externalId: string | null;
  readonly avatarUrl: string | null;
  readonly status: AccountStatus;
  readonly ownerId: OwnerId | null;
  readonly qualification: Qualification;
  readonly administratorId: AccountId | null;
  /** Sessions and tokens that began up to then are over. Unix seconds, as `auth_time` and `iat`. */
  readonly signedOutAt: number | null;
}

/** Login names are compared in one spelling: NFKC, lower case, no space around. */
export function normaliseLogin(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase();
}

/** Whether people may sign in to an account of this status, and its tokens work. */
export function maySignIn({ status }: Pick<Account, 'status'>): boolean {
  return status !== 'closed' && status !== 'frozen';
}

/** Whether a session or token that began then (Unix seconds) still counts. */
export function isSignedIn({ signedOutAt }: Pick<Account, 'signedOutAt'>, since: number): boolean {
  return signedOutAt === null || since > signedOutAt;
}

export function summaryOf(account: Account): AccountSummary {
  const { id, platform, login, displayName, kind, roles } = account;
  return { id, platform, login, displayName, kind, roles };
}
