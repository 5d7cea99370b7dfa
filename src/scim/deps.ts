import type { ReportRefusal } from '../kernel/refusals.ts';
import type { CheckBearer } from '../oidc/bearer.ts';
import type { OwnerDeps } from '../owners/deps.ts';
import type { Database } from '../store/database.ts';

/** What compose.ts gives to the use cases of this room. */
export interface UserDeps extends Pick<OwnerDeps, 'secrets' | 'custody'> {
  readonly db: Database;
}

/** What compose.ts gives to the routes. */
export interface ScimDeps extends UserDeps {
  readonly issuer: string;
  readonly bearer: CheckBearer;
  readonly report: ReportRefusal;
}

/** The client that provisions, and the one platform whose accounts it sees and changes. */
export interface Keeper {
  readonly clientId: string;
  readonly platform: string;
  /** Whether the operator believes what it says of owners. */
  readonly believed: boolean;
}
