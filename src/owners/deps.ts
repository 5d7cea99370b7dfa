import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Database } from '../store/database.ts';
import type { KeyCustody } from './custody.ts';

/** What the verbs of this room are given by compose.ts. */
export interface OwnerDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  readonly custody: KeyCustody;
}
