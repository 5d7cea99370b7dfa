import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Database } from '../store/database.ts';
import type { KeyCustody } from './custody.ts';

/** What compose.ts gives to the verbs of this room. */
export interface OwnerDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  readonly custody: KeyCustody;
}
