import type { AccountId, CaseId } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Database, Tx } from '../store/database.ts';
import type { SubjectKind } from './case.ts';

/** What a decision leads to, given by the room whose subject it is; runs in the decision's transaction. */
export type CaseOutcome = (tx: Tx, decided: DecidedCase) => Promise<void>;

export interface DecidedCase {
  readonly caseId: CaseId;
  readonly subjectId: string;
  readonly accept: boolean;
  /** Whose opinion was the telling one. */
  readonly reviewer: AccountId;
  /** The case is an appeal: what was refused is to be believed after all, or is refused for good. */
  readonly appeal: boolean;
}

/** How a room has what it put before people decided. `lock` takes the subject's row, which comes before the case's. */
export interface Subject {
  readonly lock: (tx: Tx, subjectId: string) => Promise<void>;
  readonly handleDecision: CaseOutcome;
}

export interface ReviewDeps {
  readonly db: Database;
  /** Seals what people write: names stand in it. */
  readonly secrets: InstallationSecret;
  readonly outcomes: Readonly<Record<SubjectKind, Subject>>;
}
