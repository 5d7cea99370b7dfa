import type { EvidenceDeps } from '../evidence/deps.ts';
import type { ReportRefusal } from '../kernel/refusals.ts';
import type { StatusLists } from '../tokens/status-list.ts';

/** What compose.ts gives to the routes. */
export interface ApiDeps {
  readonly issuer: string;
  readonly statusLists: StatusLists;
  readonly report: ReportRefusal;
  readonly evidence: Pick<EvidenceDeps, 'db' | 'review' | 'policy' | 'lifetimes'> & {
    readonly verificationKey: Buffer;
  };
}
