import type { AccountId, OwnerId } from '../kernel/ids.ts';

export type Kind = 'personal' | 'enterprise' | 'special_industry';
export type AccountStatus = 'normal' | 'restricted' | 'closed';
export type Qualification = 'none' | 'in_review' | 'verified';

/** What pages and other people may see of an account. */
export interface AccountSummary {
  readonly id: AccountId;
  readonly login: string;
  readonly displayName: string;
  readonly kind: Kind;
  readonly roles: readonly string[];
}

export interface Account extends AccountSummary {
  readonly status: AccountStatus;
  readonly ownerId: OwnerId | null;
  readonly qualification: Qualification;
  readonly administratorId: AccountId | null;
}

/** Login names are compared in one spelling: NFKC, lower case, no space around. */
export function normaliseLogin(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase();
}

export function summaryOf({ id, login, displayName, kind, roles }: Account): AccountSummary {
  return { id, login, displayName, kind, roles };
}
