import type { EvidenceDeps } from '../evidence/deps.ts';
import type { ReportRefusal } from '../kernel/refusals.ts';
import type { StatusLists } from '../tokens/status-list.ts';
import type { AdminDeps } from './admin/operation.ts';

/** What compose.ts gives to the routes. */
export interface ApiDeps {
  readonly issuer: string;
  readonly statusLists: StatusLists;
  readonly report: ReportRefusal;
  readonly admin: AdminDeps;
  readonly evidence: Pick<EvidenceDeps, 'db' | 'review' | 'policy' | 'lifetimes'> & {
    readonly verificationKey: Buffer;
  };
}
