import type { SignInLimits } from '../accounts/sign-in.ts';
import type { DecisionPoint } from '../decision-points/decision-point.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { Hook } from '../policy/hook.ts';
import type { PackRegistry } from '../policy/pack-registry.ts';
import type { Database } from '../store/database.ts';
import type { Limiter } from '../store/rate-limits.ts';

/** What compose.ts gives to the verbs of this room. */
export interface BindingDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  /** A new request uses the current version; a stored one keeps the version that it began under. */
  readonly packs: PackRegistry;
  readonly hooks: readonly Hook[];
  /** The decision points behind some hooks. They take time, so they are asked before any lock. */
  readonly decisionPoints: readonly DecisionPoint[];
  /**
   * True in a demo: visits from this machine are tests, and statistics of people leave them out.
   */
  readonly rehearsals: boolean;
  readonly lifetimes: Lifetimes;
  readonly limits: {
    readonly signIn: SignInLimits;
    /** Wrong codes by one browser. When they are used up, a right code ends its request. */
    readonly codesByBrowser: Limiter;
    /** Wrong codes by one address. Many people share an address, so the limit is high. */
    readonly codesByAddress: Limiter;
  };
}

/** What evaluating the policy needs. */
export type PolicyDeps = Pick<BindingDeps, 'packs' | 'hooks' | 'rehearsals' | 'lifetimes'>;
