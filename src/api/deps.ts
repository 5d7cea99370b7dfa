import type { EvidenceDeps } from '../evidence/deps.ts';
import type { ReportRefusal } from '../kernel/refusals.ts';
import type { StatusLists } from '../tokens/status-list.ts';

/** What the routes for programs are given by compose.ts. */
export interface ApiDeps {
  readonly issuer: string;
  readonly statusLists: StatusLists;
  readonly report: ReportRefusal;
  readonly evidence: Pick<EvidenceDeps, 'db' | 'review' | 'policy'> & {
    readonly verificationKey: Buffer;
  };
}
