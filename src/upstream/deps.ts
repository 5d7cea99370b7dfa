import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { KeyCustody } from '../owners/custody.ts';
import type { Platforms } from '../platforms/platform.ts';
import type { ReadSecret } from '../platforms/read-secret.ts';
import type { Database } from '../store/database.ts';
import type { Limiter } from '../store/rate-limits.ts';

/** What compose.ts gives to the verbs of this room. */
export interface UpstreamDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  readonly custody: KeyCustody;
  readonly issuer: string;
  readonly lifetimes: Pick<Lifetimes, 'upstream'>;
  readonly platforms: Platforms;
  readonly platformSecret: ReadSecret;
  /** Sign-ins upstream that one address starts. Each is a row for ten minutes. */
  readonly limits: { readonly upstream: Limiter };
}
