import type { AccountStatus } from '../accounts/account.ts';
import type { OutsideChange } from '../binding/change-for-cause.ts';

/** What a status means for everything that hangs on the account. */
interface StatusEffect {
  /** What happens to its bindings; `resume` only where the other account is not frozen either. */
  readonly bindings: OutsideChange['change'];
  /** Its sessions and tokens are over. */
  readonly signOut: boolean;
  readonly because: string;
}

/**
 * R47: an account that is frozen at its platform acts for nobody, until it is reopened. One that is
 * closed ends its bindings, as owners who are no longer one do (R5). A restricted account keeps
 * what it has, and can neither be bound nor unbound (R25).
 */
// biome-ignore format: a table is read by its columns
export const STATUS_EFFECTS = {
  normal:     { bindings: 'resume',  signOut: false, because: 'platform_reopened' },
  restricted: { bindings: 'resume',  signOut: false, because: 'platform_reopened' },
  frozen:     { bindings: 'suspend', signOut: true,  because: 'platform_frozen' },
  closed:     { bindings: 'revoke',  signOut: true,  because: 'platform_closed' },
} as const satisfies Record<AccountStatus, StatusEffect>;
