import type { SignInLimits } from '../accounts/sign-in.ts';
import type { Lifetimes } from '../config.ts';
import type { DecisionPoint } from '../decision-points/decision-point.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Hook } from '../policy/hook.ts';
import type { PackRegistry } from '../policy/pack-registry.ts';
import type { Database } from '../store/database.ts';
import type { Limiter } from '../store/rate-limits.ts';

/** What the verbs of this room are given by compose.ts. */
export interface BindingDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  /** What begins, begins under the current version; what began goes by its own. */
  readonly packs: PackRegistry;
  readonly hooks: readonly Hook[];
  /** Those behind some of the hooks that take time to answer: asked before anything is locked. */
  readonly decisionPoints: readonly DecisionPoint[];
  /** A demo: visits from this very machine are scripts and tests, of which statistics of people say nothing. */
  readonly rehearsals: boolean;
  readonly lifetimes: Lifetimes;
  readonly limits: {
    readonly signIn: SignInLimits;
    /** Wrong codes by one browser; a browser that spent them ends the request whose right code it then finds. */
    readonly codesByBrowser: Limiter;
    /** Wrong codes by one address, generous because many people share one. */
    readonly codesByAddress: Limiter;
  };
}

/** What it takes to evaluate the policy for an attempt. */
export type PolicyDeps = Pick<BindingDeps, 'packs' | 'hooks' | 'rehearsals' | 'lifetimes'>;
