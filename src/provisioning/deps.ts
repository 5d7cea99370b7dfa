import type { Database } from '../store/database.ts';

/** What compose.ts gives to the use cases of this room. */
export interface ProvisioningDeps {
  readonly db: Database;
}
