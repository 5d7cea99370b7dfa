import type { PolicyDeps } from '../binding/deps.ts';
import type { DocumentDeps } from '../documents/deps.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Lifetimes } from '../lifetimes.ts';
import type { KeyCustody } from '../owners/custody.ts';
import type { ReviewTimes } from '../review/deadline.ts';
import type { Database } from '../store/database.ts';
import type { Limiter } from '../store/rate-limits.ts';
import type { VerificationProvider } from './provider/verification-provider.ts';

/** What compose.ts gives to the verbs of this room. */
export interface EvidenceDeps {
  readonly db: Database;
  readonly secrets: InstallationSecret;
  readonly custody: KeyCustody;
  readonly documents: DocumentDeps;
  readonly provider: VerificationProvider;
  readonly review: ReviewTimes;
  readonly limits: EvidenceLimits;
  readonly lifetimes: Lifetimes;
  /** Continues a binding request after a face was checked for it. */
  readonly policy: PolicyDeps;
}

export interface EvidenceLimits {
  /** Declarations and corrections of one account. */
  readonly declarations: Limiter;
  /** Repeated password requests before something that cannot be undone, by account. */
  readonly passwords: Limiter;
}
