import type { AccountId, CaseId } from '../kernel/ids.ts';
import type { InstallationSecret } from '../kernel/secrets.ts';
import type { Database, Tx } from '../store/database.ts';
import type { SubjectKind } from './case.ts';

/**
 * What follows from a decision, given by the subject's room. Runs in the decision's transaction.
 */
export type CaseOutcome = (tx: Tx, decided: DecidedCase) => Promise<void>;

export interface DecidedCase {
  readonly caseId: CaseId;
  readonly subjectId: string;
  readonly accept: boolean;
  /** Who decided it. */
  readonly reviewer: AccountId;
  /** The case is an appeal: the refusal is overturned, or final. */
  readonly appeal: boolean;
}

/** What a room gives for its kind of subject. `lock` locks the subject's row, before the case's. */
export interface Subject {
  readonly lock: (tx: Tx, subjectId: string) => Promise<void>;
  readonly handleDecision: CaseOutcome;
}

export interface ReviewDeps {
  readonly db: Database;
  /** Seals what people write, because it contains names. */
  readonly secrets: InstallationSecret;
  readonly outcomes: Readonly<Record<SubjectKind, Subject>>;
}
